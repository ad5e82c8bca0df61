#include "src/importers/captured_graph/use.h"

#include <algorithm>
#include <string>

#include "src/base/text.h"
#include "src/importers/captured_graph/cores.h"

namespace ttmem {
namespace {

// No core of any generation has more L1, so no L1 address is at or above it.
constexpr uint64_t kMostL1PerCore = uint64_t{4} << 20;

bool in_l1(Pool pool) { return pool == Pool::kL1 || pool == Pool::kL1Small; }

void take_off(uint64_t& from, uint64_t bytes) { from -= std::min(from, bytes); }

}  // namespace

GraphUse::GraphUse() : places_([this](Index mesh, Index chip) { join(mesh, chip); }) {}

GraphUse::State& GraphUse::state(Index domain) {
    if (states_.size() <= domain) states_.resize(domain + 1);
    return states_[domain];
}

uint64_t GraphUse::sum(uint64_t a, uint64_t b) {
    uint64_t result = 0;
    if (!__builtin_add_overflow(a, b, &result)) return result;
    counts_.saturated = true;
    return UINT64_MAX;
}

void GraphUse::node(const GraphNode& node) {
    counts_.unreadable += node.unreadable;
    switch (node.kind) {
        case GraphNodeKind::kFunctionStart:
            operations_.start(node.name, node.cache_hit.value_or(false));
            break;
        case GraphNodeKind::kFunctionEnd:
            if (!operations_.end()) ++counts_.unopened_ends;
            break;
        case GraphNodeKind::kBuffer:
            buffers_.mention(node);
            break;
        case GraphNodeKind::kBufferAllocate:
            allocate(node);
            break;
        case GraphNodeKind::kBufferDeallocate:
            free(node);
            break;
        case GraphNodeKind::kCircularBuffer:
        case GraphNodeKind::kDataflowBuffer:
        case GraphNodeKind::kScratchpad:
            circular_buffer(node);
            break;
        case GraphNodeKind::kDeallocateAllCircularBuffers:
            deallocate_all(node);
            break;
        case GraphNodeKind::kTensor:
            ++counts_.tensors;
            places_.learn(node.device_id, node.device_tensors);
            break;
        case GraphNodeKind::kError:
            ++counts_.errors;
            errors_.add(node, operations_);
            break;
        case GraphNodeKind::kCaptureEnd:
            counts_.ended = true;
            break;
        case GraphNodeKind::kProgramExecution:
            ++counts_.runs;
            if (!operations_.brought_circular_buffers()) ++counts_.bare_runs;
            break;
        case GraphNodeKind::kCaptureStart:
        case GraphNodeKind::kOther:
            break;
    }
}

void GraphUse::check_address(const GraphNode& node) {
    if (node.address == 0) ++counts_.without_address;
    if (!node.pool || !in_l1(*node.pool) || node.address.value_or(0) < kMostL1PerCore) return;
    if (counts_.garbage_addresses++ == 0) counts_.first_garbage_address = node.address;
}

void GraphUse::allocate(const GraphNode& node) {
    ++counts_.allocations;
    check_address(node);
    if (!node.size) ++counts_.without_size;
    if (!node.pool) ++counts_.without_pool;
    const GraphBuffers::Allocated allocated = buffers_.allocate(node);
    if (allocated.replaced) {
        ++counts_.replaced;
        remove(*allocated.replaced);
    }
    if (allocated.buffer == nullptr) {
        ++counts_.untracked;
    } else {
        add(*allocated.buffer);
    }
}

void GraphUse::free(const GraphNode& node) {
    ++counts_.frees;
    const std::optional<GraphBuffers::Freed> freed = buffers_.free(node);
    if (!freed) {
        ++counts_.frees_of_earlier;
        return;
    }
    if (freed->match != GraphBuffers::Match::kConnection) ++counts_.guessed;
    remove(freed->buffer);
}

std::span<const GraphUse::Index> GraphUse::places_of(const GraphBuffer& buffer) {
    return buffer.of_chip && buffer.device_id ? places_.of_chip(*buffer.device_id)
                                              : places_.of_buffer(buffer.device_id);
}

void GraphUse::add(const GraphBuffer& buffer) {
    if (!buffer.pool) return;
    const std::optional<uint64_t> reserved = reserved_bytes(buffer);
    for (const Index domain : places_of(buffer)) {
        State& at = state(domain);
        Level& level = at.level(*buffer.pool);
        level.touched = true;
        level.requested_known &= buffer.bytes.has_value();
        level.reserved_known &= reserved.has_value();
        level.requested = sum(level.requested, buffer.bytes.value_or(0));
        level.reserved = sum(level.reserved, reserved.value_or(0));
        ++level.count;
        level.per_bank_known &= buffer.bytes_per_bank.has_value();
        level.per_bank = sum(level.per_bank, buffer.bytes_per_bank.value_or(0));
        if (level.per_bank > level.peak_per_bank)
            level.peak_per_bank = level.per_bank, level.per_bank_path = operations_.path();
        if (in_l1(*buffer.pool)) at.core.add_buffer(buffer.bytes_per_bank, operations_);
        raise(at, level);
    }
}

void GraphUse::remove(const GraphBuffer& buffer) {
    if (!buffer.pool) return;
    const std::optional<uint64_t> reserved = reserved_bytes(buffer);
    for (const Index domain : places_of(buffer)) {
        Level& level = state(domain).level(*buffer.pool);
        take_off(level.per_bank, buffer.bytes_per_bank.value_or(0));
        if (in_l1(*buffer.pool)) state(domain).core.remove_buffer(buffer.bytes_per_bank);
        take_off(level.requested, buffer.bytes.value_or(0));
        take_off(level.reserved, reserved.value_or(0));
        take_off(level.count, 1);
    }
}

void GraphUse::raise(State& state, Level& level) {
    if (level.reserved > level.peak_reserved) {
        level.peak_reserved = level.reserved;
        level.reserved_path = operations_.path();
    }
    if (level.requested > level.peak_requested) {
        level.peak_requested = level.requested;
        level.peak_path = operations_.path();
    }
    raise_with_circular_buffers(state);
}

void GraphUse::raise_with_circular_buffers(State& state) {
    const Level& l1 = state.level(Pool::kL1);
    const uint64_t reserved = sum(l1.reserved, state.circular_buffers);
    if (reserved > state.peak_reserved_with_cb) {
        state.peak_reserved_with_cb = reserved;
        state.reserved_with_cb_path = operations_.path();
    }
    const uint64_t now = sum(l1.requested, state.circular_buffers);
    if (now <= state.peak_with_cb) return;
    state.peak_with_cb = now;
    state.with_cb_path = operations_.path();
}

// A chip takes over what its mesh holds. Peaks of different times cannot be added, so if both already have one, the
// chip's peak is at least the greater of them.
void GraphUse::join(Index mesh, Index chip) {
    state(std::max(mesh, chip));
    const State& from = state(mesh);
    State& to = state(chip);
    for (const Pool pool : kAllPools) {
        const Level& theirs = from.level(pool);
        Level& level = to.level(pool);
        if (!theirs.touched) continue;
        counts_.joined_late |= level.touched || (pool == Pool::kL1 && to.circular_buffers_touched);
        level.touched = true;
        level.requested_known &= theirs.requested_known;
        level.reserved_known &= theirs.reserved_known;
        level.requested = sum(level.requested, theirs.requested);
        level.reserved = sum(level.reserved, theirs.reserved);
        level.count += theirs.count;
        level.per_bank_known &= theirs.per_bank_known;
        level.per_bank = sum(level.per_bank, theirs.per_bank);
        if (theirs.peak_per_bank > level.peak_per_bank) level.per_bank_path = theirs.per_bank_path;
        level.peak_per_bank = std::max({level.peak_per_bank, theirs.peak_per_bank, level.per_bank});
        if (theirs.peak_reserved > level.peak_reserved) {
            level.peak_reserved = theirs.peak_reserved;
            level.reserved_path = theirs.reserved_path;
        }
        if (theirs.peak_requested > level.peak_requested) {
            level.peak_requested = theirs.peak_requested;
            level.peak_path = theirs.peak_path;
        }
        raise(to, level);
    }
    to.core.join(from.core, operations_);
    if (from.peak_reserved_with_cb > to.peak_reserved_with_cb) {
        to.peak_reserved_with_cb = from.peak_reserved_with_cb;
        to.reserved_with_cb_path = from.reserved_with_cb_path;
    }
    if (from.peak_with_cb > to.peak_with_cb) {
        to.peak_with_cb = from.peak_with_cb;
        to.with_cb_path = from.with_cb_path;
    }
}

void GraphUse::circular_buffer(const GraphNode& node) {
    ++counts_.circular_buffers;
    operations_.saw_circular_buffer();
    const bool aliases = node.aliases_memory.value_or(false);
    const std::optional<std::vector<GraphCoreRange>> ranges = read_cores(node.core_ranges);
    const std::optional<uint64_t> cores = count_cores(node.core_ranges);
    if (!cores) ++counts_.unreadable_ranges;
    if (!aliases && cores && !node.size) ++counts_.unsized_circular;
    if (!aliases && (!cores || !node.size)) ++counts_.unread_circular;
    uint64_t bytes = 0;
    if (!aliases && cores && __builtin_mul_overflow(node.size.value_or(0), *cores, &bytes)) {
        counts_.saturated = true;
        bytes = UINT64_MAX;
    }
    if (!aliases && cores == 0) {
        ++counts_.unattributed_buffers;
        counts_.unattributed_bytes = sum(counts_.unattributed_bytes, node.size.value_or(0));
    }
    for (const Index domain : places_.of_circular_buffer(node.device_id, node.address.value_or(0) == 0)) {
        open_plan(domain);
        State& at = state(domain);
        at.circular_buffers_touched = true;
        at.circular_buffers = sum(at.circular_buffers, bytes);
        if (!aliases && ranges) at.core.add_circular(node.size.value_or(0), *ranges, operations_);
        raise_with_circular_buffers(at);
    }
}

// The first circular buffer of a program on a domain. A program on several chips brings the same plan for each, within
// one run of the operation.
void GraphUse::open_plan(Index domain) {
    State& at = state(domain);
    const uint64_t scope = operations_.scope();
    if (at.plan_open && !deallocate_all_seen_ && at.plan_scope != scope) {
        at.plan_open = false;
        at.circular_buffers = 0;
        at.core.clear_circular();
    }
    if (at.plan_open) return;
    at.plan_open = true;
    at.plan_scope = scope;
    const bool again = std::find(plan_domains_.begin(), plan_domains_.end(), domain) != plan_domains_.end();
    if (plan_domains_.empty() || plan_scope_ != scope || again) {
        ++counts_.plans;
        plan_domains_.clear();
    }
    plan_scope_ = scope;
    plan_domains_.push_back(domain);
}

void GraphUse::deallocate_all(const GraphNode& node) {
    deallocate_all_seen_ = true;
    plan_domains_.clear();
    for (const Index domain : places_.of_deallocate_all(node.device_id)) {
        State& at = state(domain);
        at.circular_buffers = 0;
        at.core.clear_circular();
        at.plan_open = false;
    }
}

}  // namespace ttmem

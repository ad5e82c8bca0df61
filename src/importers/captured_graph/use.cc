#include "src/importers/captured_graph/use.h"

#include <algorithm>
#include <string>

#include "src/base/text.h"
#include "src/importers/captured_graph/captured_graph.h"
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

void GraphUse::add(const GraphBuffer& buffer) {
    if (!buffer.pool) return;
    const std::optional<uint64_t> reserved = reserved_bytes(buffer);
    for (const Index domain : places_.of_buffer(buffer.device_id)) {
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
    for (const Index domain : places_.of_buffer(buffer.device_id)) {
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

// The number of banks of a pool, where all devices of the report have the same.
std::optional<uint64_t> GraphUse::banks(Pool pool) const {
    std::optional<uint64_t> banks;
    for (const GraphDevice& device : devices_) {
        const std::optional<uint64_t> own = in_l1(pool) ? device.l1_banks : device.dram_banks;
        if (!own || (banks && banks != own)) return std::nullopt;
        banks = own;
    }
    return pool == Pool::kSystem ? std::nullopt : banks;
}

std::optional<uint64_t> GraphUse::reserved_bytes(const GraphBuffer& buffer) const {
    const std::optional<uint64_t> of_pool = banks(*buffer.pool);
    uint64_t bytes = 0;
    if (!of_pool || !buffer.bytes_per_bank) return std::nullopt;
    if (__builtin_mul_overflow(*of_pool, *buffer.bytes_per_bank, &bytes)) return std::nullopt;
    return bytes;
}

void GraphUse::describe(ImportedChip& chip, std::optional<uint32_t> logical_id) const {
    ChipDescription& description = chip.use.chip;
    description.logical_id = logical_id;
    for (const GraphDevice& device : devices_) {
        if (!device.device_id || device.device_id != logical_id) continue;
        description.arch = device.arch;
        description.l1_bytes_per_core = device.l1_bytes_per_core;
        description.l1_base = device.l1_base;
        if (device.grid_x && device.grid_y && *device.grid_x <= UINT32_MAX && *device.grid_y <= UINT32_MAX) {
            description.grid_x = static_cast<uint32_t>(*device.grid_x);
            description.grid_y = static_cast<uint32_t>(*device.grid_y);
        }
        uint64_t capacity = 0;
        if (device.l1_banks && device.l1_bytes_per_bank &&
            !__builtin_mul_overflow(*device.l1_banks, *device.l1_bytes_per_bank, &capacity)) {
            description.pools[static_cast<size_t>(Pool::kL1)] = {*device.l1_banks, *device.l1_bytes_per_bank};
            chip.use.pool(Pool::kL1).capacity_bytes = capacity;
        }
    }
}

// A pool's figures, as far as they are known.
void GraphUse::show(const Level& level, PoolUse& use, ImportedPeak& peak) {
    use.allocations = level.count;
    if (level.per_bank_known && level.touched) peak.bytes_per_bank = level.peak_per_bank;
    if (level.requested_known) {
        use.requested_bytes = level.requested;
        use.peak_requested = Interval{level.peak_requested, level.peak_requested};
        peak.requested_bytes = level.peak_requested;
    }
    if (level.reserved_known) {
        use.reserved_bytes = level.reserved;
        use.peak_reserved = Interval{level.peak_reserved, level.peak_reserved};
        peak.reserved_bytes = level.peak_reserved;
    }
}

CorePeak GraphUse::core_peak(const CoreUse& core, bool cbs_missing) const {
    CorePeak peak;
    peak.buffer_bytes = core.peak().buffers;
    peak.operation = operations_.text(core.peak().path);
    if (!cbs_missing) peak.bytes = core.peak().bytes();
    if (!cbs_missing || core.peak().circular_buffers != 0) peak.cb_bytes = core.peak().circular_buffers;
    return peak;
}

ImportedChip GraphUse::chip(Index domain) const {
    const GraphPlaces::Domain& place = places_.domains()[domain];
    ImportedChip chip;
    chip.name = place_name(place);
    describe(chip, place.is_chip ? place.number : std::nullopt);
    if (domain >= states_.size()) return chip;
    const State& at = states_[domain];
    for (const Pool pool : kAllPools) {
        const Level& level = at.level(pool);
        const bool for_circular_buffers = pool == Pool::kL1 && at.circular_buffers_touched;
        if (!level.touched && !for_circular_buffers) continue;
        ImportedPeak& peak = chip.peak(pool);
        show(level, chip.use.pool(pool), peak);
        peak.operation = operations_.text(level.requested_known  ? level.peak_path
                                          : level.reserved_known ? level.reserved_path
                                                                 : level.per_bank_path);
        if (pool != Pool::kL1) continue;
        const bool cbs_missing = counts_.bare_runs > 0;
        if (at.core.known()) peak.core = core_peak(at.core, cbs_missing);
        if (cbs_missing) continue;
        if (level.requested_known) peak.with_cb_bytes = at.peak_with_cb;
        if (level.reserved_known) peak.reserved_with_cb_bytes = at.peak_reserved_with_cb;
        peak.with_cb_operation = operations_.text(level.requested_known ? at.with_cb_path : at.reserved_with_cb_path);
    }
    if (at.circular_buffers_touched && counts_.bare_runs == 0) chip.use.cb.resident_bytes = at.circular_buffers;
    return chip;
}

ImportedUse GraphUse::finish(const GraphFile& file) const {
    ImportedUse use;
    use.format = kCapturedGraphFormat;
    use.version = graph_schema_name(file.schema);
    if (file.version) use.version = "report " + std::to_string(*file.version) + ", " + use.version;
    use.operations = operations_.count();
    use.top_level_operations = operations_.top_level();
    use.allocations = counts_.allocations;
    use.frees = counts_.frees;
    use.cb_plans = counts_.plans;
    use.circular_buffers = counts_.circular_buffers;
    use.tensors = counts_.tensors;
    if (counts_.runs > 0) use.program_runs = counts_.runs;
    use.runs_without_cbs = counts_.bare_runs;
    use.cbs_of_runs_missing = counts_.bare_runs > 0;
    use.failures = errors_.failures();
    if (file.pages > 0) use.pages = file.pages;
    for (Index domain = 0; domain < places_.domains().size(); ++domain) {
        const GraphPlaces::Domain& place = places_.domains()[domain];
        if (place.is_chip || place.chips.empty()) use.chips.push_back(chip(domain));
    }
    std::stable_sort(use.chips.begin(), use.chips.end(), [](const ImportedChip& a, const ImportedChip& b) {
        return a.use.chip.logical_id.value_or(UINT32_MAX) < b.use.chip.logical_id.value_or(UINT32_MAX);
    });
    const auto earlier = buffers_.earlier();
    for (const Pool pool : kAllPools) {
        const auto& of_pool = earlier[static_cast<size_t>(pool)];
        use.earlier[static_cast<size_t>(pool)] = {of_pool.buffers, of_pool.bytes};
    }
    cover(use);
    return use;
}

}  // namespace ttmem

#include "src/importers/captured_graph/buffers.h"

#include "src/base/saturating.h"

namespace ttmem {
namespace {

// How many live buffers, newest first, a guess looks at.
constexpr int kMostGuesses = 4096;

std::optional<uint64_t> address_of(const GraphNode& node) { return node.address == 0 ? std::nullopt : node.address; }

// Old frees know only "L1" or "DRAM", so a pool fits when it is of the same memory.
bool in_l1(Pool pool) { return pool == Pool::kL1 || pool == Pool::kL1Small; }
bool fits(std::optional<Pool> a, std::optional<Pool> b) { return !a || !b || a == b || in_l1(*a) == in_l1(*b); }

}  // namespace

void GraphBuffers::mention(const GraphNode& node) {
    if (!node.counter || unallocated_.size() >= kMostBuffers) return;
    unallocated_[*node.counter] = {node.size, node.pool};
}

GraphBuffers::Allocated GraphBuffers::allocate(const GraphNode& node) {
    Allocated allocated;
    ++serials_;
    if (node.connection) {
        unallocated_.erase(*node.connection);
        if (const auto old = serial_of_node_.find(*node.connection); old != serial_of_node_.end()) {
            allocated.replaced = take(live_.find(old->second), Match::kConnection)->buffer;
        }
    }
    if (live_.size() >= kMostBuffers) return allocated;
    const GraphBuffer buffer = {serials_,         node.connection, node.size, node.bytes_per_bank,
                                address_of(node), node.device_id,  node.pool, node.of_chip};
    if (node.connection) serial_of_node_[*node.connection] = serials_;
    allocated.buffer = &live_.emplace_hint(live_.end(), serials_, buffer)->second;
    return allocated;
}

std::optional<GraphBuffers::Freed> GraphBuffers::take(Live::iterator buffer, Match match) {
    Freed freed{buffer->second, match};
    if (buffer->second.node) serial_of_node_.erase(*buffer->second.node);
    live_.erase(buffer);
    return freed;
}

std::optional<GraphBuffers::Freed> GraphBuffers::free(const GraphNode& node) {
    if (!node.connection) return free_by_guess(node);
    const auto found = serial_of_node_.find(*node.connection);
    if (found == serial_of_node_.end()) return std::nullopt;
    const auto buffer = live_.find(found->second);
    if (!fits(buffer->second.pool, node.pool)) return std::nullopt;
    return take(buffer, Match::kConnection);
}

std::optional<GraphBuffers::Freed> GraphBuffers::free_by_guess(const GraphNode& node) {
    const uint64_t address = node.address.value_or(0);  // 0: unknown
    const uint64_t bytes = node.size.value_or(0);       // likewise
    int guesses = 0;
    for (auto live = live_.end(); live != live_.begin() && guesses < kMostGuesses; ++guesses) {
        --live;
        const GraphBuffer& buffer = live->second;
        if (buffer.device_id != node.device_id || !fits(buffer.pool, node.pool)) continue;
        if (address != 0 && buffer.address) {
            if (address == *buffer.address) return take(live, Match::kAddress);
        } else if (bytes == 0 || bytes == buffer.bytes.value_or(0)) {
            return take(live, Match::kSize);
        }
    }
    return std::nullopt;
}

std::optional<uint64_t> GraphBuffers::bytes_of_earlier(const GraphNode& free) const {
    if (free.size.value_or(0) > 0) return free.size;
    const auto found = free.connection ? unallocated_.find(*free.connection) : unallocated_.end();
    if (found == unallocated_.end() || found->second.bytes.value_or(0) == 0) return std::nullopt;
    return found->second.bytes;
}

std::array<GraphBuffers::Earlier, kPoolCount> GraphBuffers::earlier() const {
    std::array<Earlier, kPoolCount> sums{};
    for (const auto& [node, mention] : unallocated_) {
        if (!mention.pool) continue;
        Earlier& sum = sums[static_cast<size_t>(*mention.pool)];
        ++sum.buffers;
        sum.unsized += !mention.bytes;
        sum.bytes = saturating_add(sum.bytes, mention.bytes.value_or(0));
    }
    return sums;
}

}  // namespace ttmem

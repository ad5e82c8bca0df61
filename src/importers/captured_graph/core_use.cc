#include "src/importers/captured_graph/core_use.h"

#include <algorithm>

#include "src/base/saturating.h"

namespace ttmem {

void CoreUse::add_buffer(std::optional<uint64_t> per_bank, const GraphOperations& operations) {
    known_ = known_ && per_bank.has_value();
    buffers_ = saturating_add(buffers_, per_bank.value_or(0));
    raise(operations);
}

void CoreUse::remove_buffer(std::optional<uint64_t> per_bank) { buffers_ -= std::min(buffers_, per_bank.value_or(0)); }

void CoreUse::add_circular(uint64_t bytes, const std::vector<GraphCoreRange>& cores,
                           const GraphOperations& operations) {
    if (circular_.empty()) circular_.resize(size_t{kCoordinates} * kCoordinates);
    const auto bound = [](uint32_t coordinate) { return std::min(coordinate, kCoordinates - 1); };
    for (const GraphCoreRange& range : cores) {
        for (uint32_t y = bound(range.y0); y <= bound(range.y1); ++y) {
            for (uint32_t x = bound(range.x0); x <= bound(range.x1); ++x) {
                uint64_t& core = circular_[y * kCoordinates + x];
                core = saturating_add(core, bytes);
                largest_circular_ = std::max(largest_circular_, core);
            }
        }
    }
    raise(operations);
}

void CoreUse::clear_circular() {
    std::ranges::fill(circular_, 0);
    largest_circular_ = 0;
}

void CoreUse::join(const CoreUse& other, const GraphOperations& operations) {
    known_ = known_ && other.known_;
    buffers_ = saturating_add(buffers_, other.buffers_);
    if (other.peak_.bytes() > peak_.bytes()) peak_ = other.peak_;
    raise(operations);
}

void CoreUse::raise(const GraphOperations& operations) {
    if (saturating_add(buffers_, largest_circular_) <= peak_.bytes()) return;
    peak_.buffers = buffers_;
    peak_.circular_buffers = std::min(largest_circular_, UINT64_MAX - buffers_);
    peak_.path = operations.path();
}

}  // namespace ttmem

#include "sim/circular_buffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace ttmem::sim {
namespace {

template <class Use>
void for_each_core(const std::vector<CoreRange>& ranges, const Use& use) {
    for (const CoreRange& range : ranges)
        for (int y = range.y0; y <= range.y1; y++)
            for (int x = range.x0; x <= range.x1; x++) use(std::pair(x, y));
}

}  // namespace

CoreRange whole_grid(const ChipSpec& chip) {
    return {0, 0, static_cast<uint8_t>(chip.grid_x - 1), static_cast<uint8_t>(chip.grid_y - 1)};
}

std::vector<CircularBuffer> place_circular_buffers(const ChipSpec& chip,
                                                   const std::vector<CircularBufferConfig>& configs) {
    std::map<std::pair<int, int>, uint64_t> next;  // free address of each core that has some already
    std::vector<CircularBuffer> buffers;
    for (const CircularBufferConfig& config : configs) {
        CircularBuffer buffer{config, 0};
        if (!config.globally_allocated) {
            uint64_t address = chip.l1_base;
            for_each_core(config.cores, [&](auto core) { address = std::max(address, next[core]); });
            const uint64_t mask = chip.l1_alignment - 1;
            buffer.address = (address + mask) & ~mask;
            for_each_core(config.cores, [&](auto core) { next[core] = buffer.end(); });
        }
        buffers.push_back(std::move(buffer));
    }
    return buffers;
}

// The words of tt-metal's messages (tt_metal/impl/program/program.cpp).
CbFailure::CbFailure(bool is_clash, uint64_t highest, uint64_t most)
    : std::runtime_error(
          is_clash
              ? fmt::format("Statically allocated circular buffers in program clash with L1 buffers: L1 buffer "
                            "allocated at {} and static circular buffer region ends at {}",
                            most, highest)
              : fmt::format("Statically allocated circular buffers grow to {} B which is beyond max L1 size of {} B",
                            highest, most)),
      clash(is_clash),
      end(highest),
      limit(most) {}

uint64_t highest_end(const std::vector<CircularBuffer>& buffers) {
    uint64_t end = 0;
    for (const CircularBuffer& buffer : buffers)
        if (!buffer.config.globally_allocated) end = std::max(end, buffer.end());
    return end;
}

}  // namespace ttmem::sim

// Sub-devices: parts of a chip's compute grid that run programs of their own at the same time.
#pragma once

#include <vector>

#include "sim/circular_buffer.h"
#include "sim/machine.h"

namespace ttmem::sim {

// The grid in `count` parts side by side, each of whole columns. Requires: 1 <= count <= chip.grid_x.
inline std::vector<CoreRange> split_into_sub_devices(const ChipSpec& chip, uint32_t count) {
    std::vector<CoreRange> parts;
    for (uint32_t i = 0; i < count; i++) {
        parts.push_back({static_cast<uint8_t>(i * chip.grid_x / count), 0,
                         static_cast<uint8_t>((i + 1) * chip.grid_x / count - 1),
                         static_cast<uint8_t>(chip.grid_y - 1)});
    }
    return parts;
}

}  // namespace ttmem::sim

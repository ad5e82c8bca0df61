// Circular buffers that did not fit when a program was launched: what a map of that moment is looked at for. tt-metal
// refuses the program, so they are not among what lies there.
#pragma once

#include <cstdint>
#include <optional>

#include "src/analysis/map/map.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct MapClash {
    std::optional<PlaceIndex> place;
    uint32_t op = 0;   // into Snapshot::texts
    uint64_t end = 0;  // where they were to end, on the cores of their program

    // Whether it was there, as far as it is known where: then they were to end so far above the lowest buffer.
    uint64_t beyond(const Snapshot& snapshot, const ChipMap& map) const;
};

// The newest of all failures, where it is a clash. Requires, to be of use: a snapshot of the moment when it failed.
std::optional<MapClash> newest_clash(const Snapshot& snapshot);

// The newest clash, also where something else failed later. Likewise.
std::optional<MapClash> last_clash(const Snapshot& snapshot);

}  // namespace ttmem

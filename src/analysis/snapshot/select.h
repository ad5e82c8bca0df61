// Which allocations of a snapshot a question is about, and in which order they are shown.
//
// A selection is a list of positions in Snapshot::allocations: there may be a million, so nothing is copied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

// Those that run, then those that have ended: of both the latest first.
std::vector<const Process*> latest_first(const Snapshot& snapshot);

using Selection = std::vector<uint32_t>;

// A chip as people name it: by the runtime's device number (3) or by its unique id (0x361a...). Exactly one is set.
struct ChipName {
    std::optional<uint32_t> logical_id = {};
    std::optional<ChipId> id = {};
};

// What a block is to its process now.
enum class Standing : uint8_t {
    kLive,      // its process lives and its place is open
    kHeld,      // its process ended without closing its place
    kReleased,  // its place was closed
};
std::string_view standing_name(Standing standing);  // "live", "held_at_exit", "released_by_close"
Standing standing_of(const Snapshot& snapshot, const Allocation& allocation);

// Whether a place has the chip that is named, in the numbering of its process.
bool is_on(const Snapshot& snapshot, const Place& place, const ChipName& name);

// Everything that is set must fit. Texts fit when they occur anywhere in the name.
struct Filter {
    std::optional<Standing> standing = {};
    std::optional<uint32_t> pid = {};
    bool all_incarnations = false;  // of the pid; for whoever reads the ledgers
    std::optional<ChipName> chip = {};
    std::optional<Pool> pool = {};
    std::optional<AllocationClass> allocation_class = {};
    std::string op = {}, tag = {};
    uint64_t min_bytes = 0;  // reserved, per chip
};
Selection select(const Snapshot& snapshot, const Filter& filter);

enum class SortKey : uint8_t { kReserved, kRequested, kAge, kAddress, kOp, kPid };

// Greatest bytes, oldest, or smallest first; equal ones by process and address, so that the order is always the same.
void sort(const Snapshot& snapshot, Selection& selection, SortKey key);

}  // namespace ttmem

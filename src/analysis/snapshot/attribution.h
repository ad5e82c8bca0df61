// Sums: who has how much. Every allocation of a selection is in exactly one share, so the shares add up to the total.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/snapshot/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

// What bytes are summed over. One mesh allocation on 8 chips counts once, with 8 times its bytes or as on one of them.
enum class Over : uint8_t { kAllChips, kOneChip };

inline Over over_chips_of(const Filter& filter) { return filter.chip ? Over::kOneChip : Over::kAllChips; }

struct Sum {
    uint64_t allocations = 0;
    uint64_t requested_bytes = 0;
    uint64_t reserved_bytes = 0;

    Sum& operator+=(const Sum& other);
    friend bool operator==(const Sum&, const Sum&) = default;
};
Sum sum_of(const Snapshot& snapshot, const Allocation& allocation, Over over = Over::kAllChips);
Sum total(const Snapshot& snapshot, const Selection& selection, Over over = Over::kAllChips);

// Whose an allocation is. Of the same process only: numbers of two processes never meet.
struct Owner {
    ProcessIndex process;
    PlaceIndex place;
    uint32_t op = 0, tag = 0;   // into Snapshot::texts
    uint32_t program = 0;       // 1 + index into Snapshot::programs; 0 none
    bool holder_ended = false;  // its program or trace is gone, and the name with it
    Pool pool = Pool::kDram;
    AllocationClass allocation_class = AllocationClass::kUnknown;
    std::optional<Verdict> verdict = std::nullopt;  // where shares are split by it
    StackFrame line = {};                           // likewise: of the user's program (user_frame())
    friend auto operator<=>(const Owner&, const Owner&) = default;
};

struct Share {
    Owner owner;
    Sum sum;
    uint64_t iterations = 0;  // in which its allocations were made
};

// The shares of a selection: processes in the order of the snapshot, in each the largest reserved bytes first. By
// verdict, places of the same chips, as a device that is opened again, are one: the first of them.
std::vector<Share> by_owner(const Snapshot& snapshot, const Selection& selection);
std::vector<Share> by_owner_and_verdict(const Snapshot& snapshot, const Selection& selection,
                                        Over over = Over::kAllChips);

}  // namespace ttmem

// The true peak of each pool on each chip, and what was live then.
//
// Two passes over a recording: the first finds the moments, the second looks at what is live at them. Exact where the
// history has no gap and tells the order; else an interval that contains the truth.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/recording/core_need.h"
#include "src/analysis/snapshot/attribution.h"
#include "src/model/event.h"

namespace ttmem {

// What a live block is to its program. The first that fits.
enum class Part : uint8_t {
    kLeaked,    // the verdicts call it so at the end; or it accumulated, and had outlived its iteration
    kOutlived,  // its iteration was over, or its program or trace gone; it was freed later, and nothing grew by it
    kProgram,   // kernel binaries
    kTrace,
    kRuntime,
    kPersistent,    // marked so; or made outside of the iterations that there are, and not freed while the work went on
    kKeptToEnd,     // not freed before the work was over (last_frees.h): no one can tell whether it was meant
    kIntermediate,  // a tensor that was freed while the work went on
    kUnknown,       // of no known class, and freed while the work went on
};
constexpr size_t kPartCount = 9;
constexpr std::array<Part, kPartCount> kAllParts = {Part::kPersistent, Part::kKeptToEnd, Part::kProgram,
                                                    Part::kTrace,      Part::kRuntime,   Part::kIntermediate,
                                                    Part::kOutlived,   Part::kLeaked,    Part::kUnknown};
std::string_view part_name(
    Part part);  // "persistent", "kept_to_the_end", "program", "trace", "runtime", "outlived", ...

// Bytes that some owner had live at the moment, on each of the chips.
struct LiveShare {
    Part part = Part::kUnknown;
    uint32_t process = 0, place = 0;
    uint32_t op = 0, tag = 0, thread = 0;
    uint32_t stack = 0;   // into Snapshot::stacks; 0 unknown
    uint32_t line = 0;    // the first stack that ended at the same line of the user's program; 0 unknown
    uint64_t holder = 0;  // handle of its program or trace; 0 none
    AllocationClass allocation_class = AllocationClass::kUnknown;
    bool in_iteration = false;  // made in one; where shares were added up: all of them
    Sum sum;
};

// When the use of a pool was largest, on some chips that are used alike.
struct PeakMoment {
    uint64_t event = 0;      // number of the allocation that made it; 0: it was so when the recording began
    WallTime at = 0;         // 0 unknown
    WallTime until = kEver;  // when something else happened; kEver: nothing did
    uint32_t process = 0;
    uint32_t op = 0, tag = 0;
    uint32_t iteration = 0;  // 0 none
    Sum live;                // on each of the chips
    // Reserved bytes that were in use, where the order of what processes or threads did is not certain (shared_use.h).
    std::optional<Interval> unordered;
    std::vector<LiveShare> shares;  // add up to `live`; largest reserved bytes first

    Sum of(Part part) const;
};

struct PoolPeak {
    std::vector<ChipId> chips;
    Pool pool = Pool::kDram;
    std::optional<uint64_t> capacity_bytes;  // absent where it is unknown or differs between the chips
    // Reserved bytes per chip: the true peak lies between; `high` absent where nothing bounds it.
    uint64_t low = 0;
    std::optional<uint64_t> high;
    bool is_bound =
        false;  // untracked allocations may have been live, or the sum is beyond all numbers: no `high` by it
    bool is_unordered =
        false;          // threads of a process took turns too quickly for their times: the moment may be another
    PeakMoment moment;  // the largest that is recorded
    // After the first iteration that ended: how it is while the program works, where that is another moment.
    std::optional<PeakMoment> steady;
    PeakMoment end;  // what is live at the end of the recording, or now
    // Before the recording began more was in use, as the processes' own counts tell; 0 when not.
    uint64_t earlier = 0;

    bool exact() const { return high == low && !is_bound; }
};

struct Peaks {
    std::vector<PoolPeak> pools;  // fullest first
    std::vector<CoreNeed> cores;  // with the circular buffers of programs, which no pool has
    Coverage coverage;
    bool bounds_hold = false;  // nothing but gaps is missing, and `low` and `high` allow for these
    uint64_t iterations = 0;   // that ended
};

Peaks peaks_of(const Recording& recording);

// Says of a moment what is not certain of what was live. `incomplete`: the answer tells it as if it were.
void note_unordered(Pool pool, const PeakMoment& moment, Coverage& coverage, bool incomplete = true);

// Shares added up by one of their fields.
enum class GroupBy : uint8_t { kOwner, kOp, kTag, kLine, kClass, kPart };
std::optional<GroupBy> group_by_from_name(std::string_view name);  // "owner", "op", "tag", "line", "class", "part"
std::vector<LiveShare> grouped(const std::vector<LiveShare>& shares, GroupBy by);

}  // namespace ttmem

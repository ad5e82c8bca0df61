// What differs between runs: in the peak of each pool, and in what is left at the end, by owner (operation and tag) or
// by the line of the program that made it.
//
// Runs share no numbers: owners are matched by their names, pools by their kind, chips not at all. A pool's peak is
// that of the chip with the largest, in reserved bytes per chip; what is left is summed over all chips. Rows add up to
// their totals, at the peak together with what nobody recorded of it. A run that is not whole may have needed more, and
// what it left is not known.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/leaks/verdict.h"
#include "src/analysis/snapshot/attribution.h"
#include "src/base/text.h"
#include "src/model/event.h"

namespace ttmem {

struct OwnerName {
    std::string op, tag;    // "" none
    std::string line = {};  // of who made it, where that is asked for: then neither op nor tag
    friend auto operator<=>(const OwnerName&, const OwnerName&) = default;
};

enum class DiffBy : uint8_t { kOwner, kLine };

// "`matmul` tagged `kv`", "memory without an operation", "`model.py:42 forward`".
std::string owner_in_words(const OwnerName& owner);

// One pool of one run.
struct PoolOfRun {
    // Its peak lies between; `high` absent where nothing bounds it.
    uint64_t low = 0;
    std::optional<uint64_t> high = 0;
    Sum at_peak;  // what is known to have been live then; per chip
    Sum left;     // what was live at the end, or left behind by processes that had ended; summed over chips
    bool left_is_known = true;
    std::map<OwnerName, Sum> owners_at_peak, owners_left;

    // Of the peak, by whom is not known: it was before the recording began, or its events are missing.
    uint64_t unrecorded_at_peak() const { return low - std::min(low, at_peak.reserved_bytes); }

    bool exact() const { return high == low; }
};

// One run, in the figures that are compared.
struct RunFigures {
    std::string name;  // "a.ttmem"
    uint64_t chips = 0, events = 0, processes = 0;
    WallTime began_at = 0, ended_at = 0, generated_at = 0;
    Coverage coverage;
    LeakVerdict leaks;               // of it all, as `ttmem leaks` has it
    std::optional<Failure> failure;  // the newest, of an allocation or a program
    std::string failed_op;           // whose it was; "" not known
    uint64_t failures = 0;
    bool bounds_hold = false;                 // of its peaks: Peaks::bounds_hold
    std::array<PoolOfRun, kPoolCount> pools;  // by Pool
};
RunFigures run_figures(const Recording& recording, std::string name,
                       const Suppressions& known = Suppressions::by_default(), DiffBy by = DiffBy::kOwner,
                       BytesText bytes = human_bytes);

enum class Change : uint8_t { kSame, kNew, kGone, kGrew, kShrank, kVaries };  // varies: and ends as it began
std::string_view change_name(Change change);                                  // "same", "new", "gone", ...

// An owner in all runs, in their order.
struct DiffRow {
    OwnerName owner;
    std::vector<Sum> runs;

    uint64_t spread() const;  // between the run with the most reserved bytes and the one with the least
    Change change() const;
};

struct PoolDiff {
    Pool pool = Pool::kDram;
    std::vector<const PoolOfRun*> runs;
    // What changed most comes first, in either direction: the largest spread; of equal ones what grew.
    std::vector<DiffRow> at_peak, left;

    uint64_t spread() const;  // of the peaks, as far as they are known
    // Of the peak, from the first run to the last: the truth lies between. Absent where nothing bounds it.
    std::optional<int64_t> growth_low() const, growth_high() const;
    std::optional<int64_t> left_growth() const;  // from the first to the last; absent where one of both is not known
};

struct Diff {
    std::vector<PoolDiff> pools;  // that were used in any run; the largest spread first
    Coverage coverage;            // of all runs, each note with the name of its run
};

// `runs` has two at least, and lives as long as the result.
Diff diff(const std::vector<RunFigures>& runs);

}  // namespace ttmem

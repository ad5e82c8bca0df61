// The one judgement of leaks, which every view tells: what was left, what grew and was freed again, what is known
// already, and what no one can judge.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "src/analysis/leaks/accumulated.h"
#include "src/analysis/leaks/judgement.h"
#include "src/analysis/leaks/leaks.h"
#include "src/analysis/leaks/suppressions.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/model/event.h"

namespace ttmem {

enum class LeakOutcome : uint8_t { kNone, kLeaked, kInconclusive };

struct LeakVerdict {
    std::vector<LeftBy> left;
    VerdictBytes verdicts;
    Over over = Over::kAllChips;  // what all sums in it are over
    Judgement judgement = {};     // of what accumulated, too
    // What grew and was freed again; nothing where no history was looked at.
    std::optional<std::vector<Accumulated>> accumulated = std::nullopt;
    Suppressed suppressed = {};  // not in `left` and not in `accumulated`

    bool leaked() const { return !left.empty() || (accumulated && !accumulated->empty()); }
    uint64_t found() const;  // allocations, and plans, that leaked or were held
    // What a gate says of it; `coverage`: of what was judged.
    LeakOutcome outcome(const Coverage& coverage) const;
};

// On what `filter` lets through of a snapshot; `history` is what accumulated_in() found of it with the same filter and
// lines. Settles the snapshot, which is given raw: what is told to be meant to stay, to be known already or not to be
// judged is afterwards leaked for none of those who ask about a single allocation (analysis/snapshot/verdicts.h).
LeakVerdict leak_verdict(Snapshot& snapshot, std::optional<AccumulatedReport> history, const Filter& filter = {},
                         const Suppressions& known = Suppressions::by_default(), BytesText bytes = human_bytes);

// The same of a recording with its history; `end` is its end.
LeakVerdict leak_verdict(const Recording& recording, Snapshot& end, const Filter& filter = {},
                         const Suppressions& known = Suppressions::by_default(), BytesText bytes = human_bytes);

}  // namespace ttmem

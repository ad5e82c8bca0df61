// What became of allocations, as far as a snapshot tells.
#pragma once

#include <cstdint>
#include <optional>

#include "src/analysis/snapshot/attribution.h"
#include "src/analysis/snapshot/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

// The first that fits of leaked, cached, released by close, held at exit (docs/glossary.md). Nothing while it is in
// ordinary use: what is live may still be freed.
std::optional<Verdict> verdict_of(const Snapshot& snapshot, const Allocation& allocation);

// Requested bytes of one verdict.
struct VerdictSum {
    uint64_t bytes = 0;
    bool is_bound = false;  // at least so many: allocations that were not recorded may belong to it
    friend bool operator==(const VerdictSum&, const VerdictSum&) = default;
};

struct VerdictBytes {
    VerdictSum leaked, cached, released_by_close, held_at_exit;
    std::optional<uint64_t> unknown;  // absent: not known
};

// Whether figures of what a process leaked, of what a close released, or of what it held may lack allocations. What is
// in use may lack what is untracked now; what happened may lack whatever ever was.
bool may_lack(const Process& process, Verdict verdict);

// The verdicts on a selection, summed over chips, or of one chip on which all of it lies. Bytes that were never
// recorded have no verdict, and how many chips they lay on is not known, so `unknown` is absent then. Without
// iterations, and where all programs and traces give back what they held, nothing is known to have leaked: `leaked` is
// 0.
VerdictBytes verdict_bytes(const Snapshot& snapshot, const Selection& selection, Over over = Over::kAllChips);

}  // namespace ttmem

// What became of allocations, as far as a snapshot tells.
#pragma once

#include <cstdint>
#include <optional>

#include "src/analysis/select.h"
#include "src/model/snapshot.h"

namespace ttmem {

// The first that fits of leaked, cached, released by close, held at exit (docs/glossary.md). Nothing while it is in
// ordinary use: what is live may still be freed.
std::optional<Verdict> verdict_of(const Snapshot& snapshot, const Allocation& allocation);

// Requested bytes, summed over chips. Absent: not known.
struct VerdictBytes {
    std::optional<uint64_t> leaked, cached, released_by_close, held_at_exit, unknown;
};

// The verdicts on a selection. `coverage` is of the processes that it comes from: bytes that were never recorded have
// no verdict, and how many chips they lay on is not known, so `unknown` is absent then. Without iterations, and where
// all programs and traces give back what they held, nothing is known to have leaked: `leaked` is 0.
VerdictBytes verdict_bytes(const Snapshot& snapshot, const Selection& selection, const Coverage& coverage);

}  // namespace ttmem

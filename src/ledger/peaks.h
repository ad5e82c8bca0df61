// The peak of a chip from the peaks of its sessions: exact, or an interval that holds it.
//
// Each session (one opening of one place) has an exact peak of its own, but not the moment of it. So the peak of the
// sum lies between the greatest single one and the greatest sum of those that were open together. Sessions that follow
// one another never add up.
//
// Pure, no allocation, no system call: the client uses it to fold the peaks of closed sessions into their chips.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ttmem::ledger {

constexpr uint64_t kStillOpen = UINT64_MAX;

// Open at the session clocks opened <= t < closed: a close and an open at the same clock do not overlap.
struct SessionPeak {
    uint64_t opened = 0;
    uint64_t closed = kStillOpen;
    uint64_t peak = 0;  // bytes
};

struct Bounds {
    uint64_t low = 0, high = 0;
    bool exact() const { return low == high; }
    friend bool operator==(const Bounds&, const Bounds&) = default;
};

// In any order. Sums stop at UINT64_MAX. Sessions with peak 0 do not matter, so a chip with one other session is exact.
// Takes count^2 steps: for the sessions of one chip in one process.
Bounds bound_peaks(const SessionPeak* sessions, size_t count);

// The same in count x log(count) steps, for counts that somebody else chose. Sorts `sessions`; `scratch` has room for
// as many.
Bounds bound_many_peaks(SessionPeak* sessions, SessionPeak* scratch, size_t count);

}  // namespace ttmem::ledger

// How an operation counts its bytes in a row, which many threads may use.
//
//   alone     one thread has the row for itself: plain stores
//   together  everybody adds with atomic operations, and raises the peak
//   lent      the peak stands still, and each thread keeps what it freed for its next allocations: nothing is shared.
//             The row then counts as live what is live and what threads keep. Whoever needs more than it keeps takes it
//             from the row, as long as the row stays below its peak; else it has to ask, and all kept bytes go back
//
// Who decides which it is, and how it changes, is the business of the writer's library (client/row_writers.h): it
// changes only while no thread is inside an operation on the row. In each of the three the peak is exact: alone and
// together it is raised to what is live, and lent, nothing that is live can be above it.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/ledger/layout.h"

namespace ttmem::ledger {

// kAsk: not until the one who decides has been asked.
enum class Access : uint8_t { kAlone, kTogether, kLent, kAsk };

// What one thread keeps of one row: bytes that the row counts as live and that are not. Private memory of the writer,
// changed by its thread inside an operation, or by another one while no thread is inside an operation on the row.
struct Kept {
    Word requested, reserved;
};

namespace detail {

inline uint64_t load(const Word& word) { return word.load(std::memory_order_relaxed); }

inline void change(Word& word, uint64_t by) { word.store(load(word) + by, std::memory_order_relaxed); }

template <class Store>
inline void raise(Word& peak, uint64_t value) {
    uint64_t seen = load(peak);
    while (seen < value) {
        // A row is below 0 for a moment when an allocation was ended, to make room, before it had added its bytes.
        if (value >> 63 != 0 || Store::exchange(peak, seen, value)) return;  // GCOV_EXCL_BR_LINE: a race
    }
}

// Sees to it that `bytes` are kept, taking from the row what is missing. False: that would be more than its peak.
template <class Store>
inline bool keep(Word& kept, Word& live, const Word& peak, uint64_t bytes) {
    const uint64_t now = load(kept);
    if (now >= bytes) return true;
    const uint64_t missing = bytes - now, most = load(peak);
    uint64_t seen = load(live);
    do {
        if (seen > most || missing > most - seen) return false;  // GCOV_EXCL_BR_LINE: below 0, as in raise()
    } while (!Store::exchange(live, seen, seen + missing));      // GCOV_EXCL_BR_LINE: a race
    kept.store(bytes, std::memory_order_relaxed);
    return true;
}

}  // namespace detail

// Where an operation counts its bytes. No row: it has none to count. Goes by value everywhere: it stays in registers
// then.
struct RowOf {
    Row* row = nullptr;
    // The thread that has the row for itself, as in Recorder::freed_by, or one of these. nullptr: kAnybodyForEver.
    const std::atomic<uint16_t>* writer = nullptr;
    Kept* kept = nullptr;  // the thread's; nullptr where the row was not lent when it was looked up
    static constexpr uint16_t kAnybody = 0xfffd, kAnybodyForEver = 0xfffc, kLent = 0xfffa;

    RowOf() = default;
    RowOf(Row* shared) : row(shared) {}
    RowOf(Row* of_row, const std::atomic<uint16_t>* of_writer, Kept* of_thread = nullptr)
        : row(of_row), writer(of_writer), kept(of_thread) {}

    // For an allocation of `body`, whose bytes are spoken for if the row is lent. Holds until the end of the operation
    // that the thread is inside of.
    template <class Store>
    [[gnu::always_inline]] Access access_for(uint16_t thread, const Body& body) const {
        const Access now = access(thread);
        if (now != Access::kLent) [[likely]]
            return now;
        Row& of = *row;
        const bool first =
            detail::keep<Store>(kept->requested, of.live_requested, of.peak_requested, body.requested_bytes());
        if (!first) return Access::kAsk;  // GCOV_EXCL_BR_LINE: copies
        const bool both =
            detail::keep<Store>(kept->reserved, of.live_reserved, of.peak_reserved, body.reserved_bytes());
        return both ? Access::kLent : Access::kAsk;  // GCOV_EXCL_BR_LINE: copies
    }

    // For a free, likewise.
    [[gnu::always_inline]] Access access(uint16_t thread) const {
        if (writer == nullptr) return Access::kTogether;  // GCOV_EXCL_BR_LINE: copies, see record_end()
        const uint16_t now = writer->load(std::memory_order_relaxed);
        if (now == thread) [[likely]]  // GCOV_EXCL_BR_LINE: copies
            return Access::kAlone;
        // Copies of this in operations that have no row never come here.
        if (now == kLent && kept != nullptr) return Access::kLent;       // GCOV_EXCL_BR_LINE
        const bool anybody = now == kAnybody || now == kAnybodyForEver;  // GCOV_EXCL_BR_LINE
        return anybody ? Access::kTogether : Access::kAsk;               // GCOV_EXCL_BR_LINE
    }
};

namespace detail {

template <class Store>
[[gnu::always_inline]] inline void add_together(Row& row, const Body& body) {
    const uint64_t requested = body.requested_bytes(), reserved = body.reserved_bytes();
    const uint64_t live_requested = Store::add(row.live_requested, requested) + requested;
    const uint64_t live_reserved = Store::add(row.live_reserved, reserved) + reserved;
    raise<Store>(row.peak_requested, live_requested);
    raise<Store>(row.peak_reserved, live_reserved);
}

template <class Store>
[[gnu::always_inline]] inline void take_together(Row& row, const Body& body) {
    Store::add(row.live_requested, 0 - body.requested_bytes());
    Store::add(row.live_reserved, 0 - body.reserved_bytes());
}

template <class Store>
[[gnu::always_inline]] inline void count_alone(Word& live, Word& peak, uint64_t bytes) {
    const uint64_t now = load(live) + bytes;
    Store::put(live, now);
    if (now > load(peak) && now >> 63 == 0) Store::put(peak, now);  // GCOV_EXCL_BR_LINE: a race, as in raise()
}

// Requires: access_for() gave `access`, and not kAsk. Counts an allocation.
template <class Store>
[[gnu::always_inline]] inline void add_to_row(const RowOf& of, Access access, const Body& body) {
    Row& row = *of.row;
    if (access == Access::kAlone) [[likely]] {  // GCOV_EXCL_BR_LINE: copies
        count_alone<Store>(row.live_requested, row.peak_requested, body.requested_bytes());
        count_alone<Store>(row.live_reserved, row.peak_reserved, body.reserved_bytes());
    } else if (access == Access::kLent) {  // GCOV_EXCL_BR_LINE: copies
        change(of.kept->requested, 0 - body.requested_bytes());
        change(of.kept->reserved, 0 - body.reserved_bytes());
    } else {
        add_together<Store>(row, body);
    }
}

// Requires: access() gave `access`, and not kAsk. Counts a free.
template <class Store>
[[gnu::always_inline]] inline void take_from_row(const RowOf& of, Access access, const Body& body) {
    Row& row = *of.row;
    if (access == Access::kAlone) [[likely]] {  // GCOV_EXCL_BR_LINE: copies
        Store::put(row.live_requested, load(row.live_requested) - body.requested_bytes());
        Store::put(row.live_reserved, load(row.live_reserved) - body.reserved_bytes());
    } else if (access == Access::kLent) {  // GCOV_EXCL_BR_LINE: copies
        change(of.kept->requested, body.requested_bytes());
        change(of.kept->reserved, body.reserved_bytes());
    } else {
        take_together<Store>(row, body);
    }
}

}  // namespace detail
}  // namespace ttmem::ledger

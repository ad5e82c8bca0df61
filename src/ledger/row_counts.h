// How an operation counts its bytes in a row, which many threads may use.
//
//   alone     one thread has the row for itself: plain stores
//   together  everybody adds with atomic operations, and raises the peak
//
// Every row begins as some thread's own, and is everybody's for good from the moment that a second thread comes. Who
// sees to that is the writer's library (client/threads/row_writers.h). Either way the peak is exact.
#pragma once

#include <atomic>
#include <cstdint>

#include "src/ledger/layout.h"

namespace ttmem::ledger {

namespace detail {

inline uint64_t load(const Word& word) { return word.load(std::memory_order_relaxed); }

template <class Store>
inline void raise(Word& peak, uint64_t value) {
    uint64_t seen = load(peak);
    while (seen < value) {
        // A row is below 0 for a moment when an allocation was ended, to make room, before it had added its bytes.
        if (value >> 63 != 0 || Store::exchange(peak, seen, value)) return;
    }
}

}  // namespace detail

// Where an operation counts its bytes. No row: it has none to count. Goes by value everywhere: it stays in registers
// then.
struct RowOf {
    Row* row = nullptr;
    // The thread that has the row for itself, as in Recorder::freed_by. nullptr: the row is everybody's.
    const std::atomic<uint16_t>* writer = nullptr;

    RowOf() = default;
    RowOf(Row* shared) : row(shared) {}
    RowOf(Row* of_row, const std::atomic<uint16_t>* of_writer) : row(of_row), writer(of_writer) {}

    // Asked inside an operation; holds until its end.
    [[gnu::always_inline]] bool is_alone(uint16_t thread) const {
        return writer != nullptr && writer->load(std::memory_order_relaxed) == thread;
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
    if (now > load(peak) && now >> 63 == 0) Store::put(peak, now);
}

// Counts an allocation.
template <class Store>
[[gnu::always_inline]] inline void add_to_row(Row& row, bool alone, const Body& body) {
    if (alone) [[likely]] {
        count_alone<Store>(row.live_requested, row.peak_requested, body.requested_bytes());
        count_alone<Store>(row.live_reserved, row.peak_reserved, body.reserved_bytes());
    } else {
        add_together<Store>(row, body);
    }
}

// Counts a free.
template <class Store>
[[gnu::always_inline]] inline void take_from_row(Row& row, bool alone, const Body& body) {
    if (alone) [[likely]] {
        Store::put(row.live_requested, load(row.live_requested) - body.requested_bytes());
        Store::put(row.live_reserved, load(row.live_reserved) - body.reserved_bytes());
    } else {
        take_together<Store>(row, body);
    }
}

}  // namespace detail
}  // namespace ttmem::ledger

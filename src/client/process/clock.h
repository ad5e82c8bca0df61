// The ledger's clock: the cheapest there is. Times are for display only, never for order, with one exception: what
// names a holder has a precise time, and so has the holder (a later one may have its slot).
//
// Reading the time stamp counter costs as much as all other stores of an operation, more behind an atomic one. So most
// operations take the thread's last reading for as long as the kernel's own coarse clock, which lies in memory, has not
// moved on: such a time is at most one tick of the kernel old, 1 to 10 ms. Where that clock is not cheaper (no vDSO)
// every time is read.
#pragma once

#include <time.h>

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#include "src/ledger/layout.h"

namespace ttmem::client {

// A thread's last reading.
struct Stamp {
    uint64_t tick = 0;  // of the kernel, when the counter was read for it
    uint64_t time = 0;
};

struct Clock {
    ledger::ClockKind kind = ledger::ClockKind::kMonotonicCoarse;
    uint32_t shift = 0;
    uint64_t first_ticks = 0;        // of the ledger's first anchor
    bool ticks_are_cheaper = false;  // to ask the kernel's coarse clock than to read the counter

    uint64_t ticks() const {
#if defined(__x86_64__)
        if (kind == ledger::ClockKind::kTsc) [[likely]]
            return __rdtsc();
#endif
        return nanoseconds(CLOCK_MONOTONIC_COARSE);
    }

    // As slots and events have it.
    uint64_t now() const { return ((ticks() - first_ticks) >> shift) & ((1ull << 48) - 1); }

    // The same, remembered.
    uint64_t now(Stamp& stamp) const { return stamp.time = now(); }

    // HOT. At most one tick of the kernel ago, and never before the last time of this stamp.
    [[gnu::always_inline]] uint64_t recent(Stamp& stamp) const {
        if (!ticks_are_cheaper) [[unlikely]]
            return now(stamp);
        const uint64_t tick = kernel_tick();
        if (tick == stamp.tick) [[likely]]
            return stamp.time;
        stamp.tick = tick;
        return now(stamp);
    }

    // Changes with each tick.
    uint64_t kernel_tick() const {
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
        return static_cast<uint64_t>(time.tv_sec) << 32 | static_cast<uint64_t>(time.tv_nsec);
    }

    [[gnu::noinline]] static uint64_t nanoseconds(clockid_t id) {
        timespec time{};
        clock_gettime(id, &time);
        return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
    }
};

#if defined(__x86_64__)
// The least of a few tries, in ticks.
template <class Read>
uint64_t cost_of(const Read& read) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 8; ++i) {
        const uint64_t begin = __rdtsc();
        for (int k = 0; k < 4; ++k) read();
        const uint64_t cost = __rdtsc() - begin;
        if (cost < least) least = cost;
    }
    return least;
}
#endif

// The time stamp counter where it runs at one rate in all states of the processor, else the coarse monotonic clock.
inline Clock choose_clock() {
    Clock clock;
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned kPowerManagement = 0x80000007, kInvariantTsc = 1 << 8;
    __get_cpuid(kPowerManagement, &a, &b, &c, &d);  // all 0 where it does not know it
    if ((d & kInvariantTsc) != 0) {
        clock.kind = ledger::ClockKind::kTsc;
        clock.shift = 6;
        clock.ticks_are_cheaper = cost_of([&] { clock.kernel_tick(); }) < cost_of([] {
                                      const uint64_t ticks = __rdtsc();
                                      asm volatile("" : : "r"(ticks));
                                  });
    }
#endif
    return clock;
}

}  // namespace ttmem::client

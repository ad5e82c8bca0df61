// The ledger's clock: the cheapest there is. Times are for display only, never for order.
#pragma once

#include <time.h>

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#include "src/ledger/layout.h"

namespace ttmem::client {

struct Clock {
    ledger::ClockKind kind = ledger::ClockKind::kMonotonicCoarse;
    uint32_t shift = 0;
    uint64_t first_ticks = 0;

    uint64_t ticks() const {
#if defined(__x86_64__)
        if (kind == ledger::ClockKind::kTsc) [[likely]]
            return __rdtsc();
#endif
        return nanoseconds(CLOCK_MONOTONIC_COARSE);
    }

    // As slots and events have it.
    uint64_t now() const { return ((ticks() - first_ticks) >> shift) & ((1ull << 48) - 1); }

    [[gnu::noinline]] static uint64_t nanoseconds(clockid_t id) {
        timespec time{};
        clock_gettime(id, &time);
        return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
    }
};

// The time stamp counter where it runs at one rate in all states of the processor, else the coarse monotonic clock.
inline Clock choose_clock() {
    Clock clock;
#if defined(__x86_64__)
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned kPowerManagement = 0x80000007, kInvariantTsc = 1 << 8;
    if (__get_cpuid(kPowerManagement, &a, &b, &c, &d) != 0 && (d & kInvariantTsc) != 0) {
        clock.kind = ledger::ClockKind::kTsc;
        clock.shift = 6;
    }
#endif
    clock.first_ticks = clock.ticks();
    return clock;
}

}  // namespace ttmem::client

// Runs schedules and reads the ledger after every single store of them.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "tests/crash/checker.h"
#include "tests/crash/recovered.h"
#include "tests/crash/world.h"

namespace ttmem::crash {

// What was tried. A harness that tries nothing finds nothing: its callers check that these are not zero.
struct Tally {
    uint64_t schedules = 0, crash_points = 0;
    uint64_t redone = 0, ignored = 0;  // operations in flight that the reader completed, or took for not begun
    uint64_t lost_events = 0;          // declared lost, at the end of each schedule
    uint64_t refused_ends = 0;
    uint64_t overlapping_schedules = 0;
};

struct Flaw {
    uint64_t seed = 0;
    int threads = 0;
    uint64_t store = 0;  // after how many stores of the schedule
    std::string what;
};

// Who runs next: sometimes anyone after each store, sometimes one thread for long, so that the others are overtaken.
class Scheduler {
public:
    explicit Scheduler(uint64_t seed) : random_(seed * 0x9E3779B97F4A7C15 + 77), patience_(1 + random_() % 24) {}

    // Requires: fibers.alive() > 0.
    int next(const Fibers& fibers) {
        if (last_ != Fibers::kNone && !fibers.ended(last_) && random_() % patience_ != 0) return last_;
        do {
            last_ = static_cast<int>(random_() % static_cast<uint64_t>(fibers.count()));
        } while (fibers.ended(last_));
        return last_;
    }

private:
    std::mt19937_64 random_;
    uint64_t patience_;
    int last_ = Fibers::kNone;
};

// Runs one schedule and gives the first flaw, if any.
template <class Store>
std::optional<Flaw> run_schedule(const Plan& plan, Tally& tally) {
    World<Store> world(plan);
    Scheduler scheduler(plan.seed);
    StoreContext::stores = 0;
    Recovered seen;
    for (uint64_t checked = 0; world.fibers().alive() > 0;) {
        world.fibers().resume(scheduler.next(world.fibers()));
        if (StoreContext::stores == checked) continue;
        checked = StoreContext::stores;
        ++tally.crash_points;
        const Flaw here{plan.seed, plan.threads, checked, {}};
        // No thread runs meanwhile, so the memory itself is the image of the crash.
        Result<Recovered> recovered = recover(world.memory().bytes());
        if (!recovered)
            return Flaw{here.seed, here.threads, here.store, recovered.error().what + ": " + recovered.error().why};
        seen = std::move(*recovered);
        tally.redone += seen.redone;
        tally.ignored += seen.ignored;
        std::string flaw = find_flaw(seen, world.oracle(), plan.ring_events, plan.ringless);
        if (!flaw.empty()) return Flaw{here.seed, here.threads, here.store, std::move(flaw)};
    }
    ++tally.schedules;
    for (const Recovered::Ring& ring : seen.rings) tally.lost_events += ring.lost;
    tally.overlapping_schedules += world.oracle().overlapped();
    tally.refused_ends += world.oracle().refused_ends();
    return std::nullopt;
}

// Runs schedules of the seeds [first, first + count), each with `threads` threads, up to the first flaw.
template <class Store>
std::optional<Flaw> run_schedules(uint64_t first, uint64_t count, int threads, Tally& tally) {
    for (uint64_t seed = first; seed < first + count; ++seed) {
        if (auto flaw = run_schedule<Store>(Plan::from_seed(seed, threads), tally)) return flaw;
    }
    return std::nullopt;
}

}  // namespace ttmem::crash

#include "src/analysis/recording/shared_use.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "src/analysis/recording/peak.h"
#include "src/analysis/recording/standing_then.h"
#include "src/analysis/recording/timeline.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr WallTime kMs = 1'000'000;

// Several processes with a chip; each event is said with its time.
class Turns {
public:
    explicit Turns(uint32_t processes) {
        for (uint32_t p = 0; p < processes; ++p) {
            if (p != 0) maker.process();
            places.push_back(maker.place({1}, p));
        }
    }
    uint64_t alloc(uint32_t process, WallTime at, uint64_t bytes) {
        const uint64_t handle = maker.alloc(places[process], Pool::kDram, bytes);
        maker.events.back().at = RecordingMaker::kBegan + at;
        return handle;
    }
    void free(uint64_t handle, WallTime at) {
        maker.free(handle);
        maker.events.back().at = RecordingMaker::kBegan + at;
    }

    RecordingMaker maker;
    std::vector<uint32_t> places;
};

TEST(SharedUse, OfTurnsThatAreFarApartAllIsCertain) {
    Turns turns(2);
    turns.free(turns.alloc(0, 100 * kMs, 600), 300 * kMs);
    turns.free(turns.alloc(1, 400 * kMs, 700), 500 * kMs);
    const Recording recording = turns.maker.finish();
    const Peaks peaks = peaks_of(recording);
    EXPECT_TRUE(peaks.pools.at(0).exact());
    EXPECT_EQ(peaks.pools[0].low, 700u);
    EXPECT_EQ(peaks.pools[0].moment.unordered, std::nullopt);
    EXPECT_TRUE(timeline_of(recording, 10).coverage.complete);
    for (uint64_t event = 0; event < 5; ++event)
        EXPECT_TRUE(snapshot_after(recording, event).coverage.complete) << event;
}

// The free is recorded as of 10 ms after the next one's allocation, but may have come before it.
TEST(SharedUse, OfTurnsWhoseOrderIsNotCertainEachViewSaysSo) {
    Turns turns(2);
    const uint64_t first = turns.alloc(0, 100 * kMs, 600);
    const uint64_t second = turns.alloc(1, 300 * kMs, 700);
    turns.free(first, 310 * kMs);
    turns.free(second, 900 * kMs);
    const Recording recording = turns.maker.finish();
    const Peaks peaks = peaks_of(recording);
    EXPECT_EQ(peaks.pools.at(0).low, 700u);
    EXPECT_EQ(peaks.pools[0].high, 1300u);
    EXPECT_EQ(peaks.pools[0].moment.live.reserved_bytes, 1300u) << "as recorded";
    EXPECT_EQ(peaks.pools[0].moment.unordered, (Interval{700, 1300}));
    EXPECT_TRUE(peaks.coverage.complete) << "its bounds say it";
    const std::string sentence = order_sentence(Pool::kDram, {700, 1300});
    EXPECT_EQ(
        sentence,
        "of dram 700 B to 1.27 KiB may have been in use: which process or thread came first is known to 50 ms only");
    EXPECT_EQ(peaks.coverage.notes, std::vector{sentence});
    const Snapshot then = snapshot_after(recording, peaks.pools[0].moment.event);
    EXPECT_FALSE(then.coverage.complete);
    EXPECT_EQ(then.coverage.notes, std::vector{sentence}) << "the same of the same moment";
    EXPECT_TRUE(snapshot_after(recording, 1).coverage.complete);
    EXPECT_TRUE(snapshot_after(recording, 3).coverage.complete) << "it stood for long";
    EXPECT_FALSE(timeline_of(recording, 10).coverage.complete);
}

TEST(SharedUse, WhatStoodLongEnoughIsCertainHoweverCloselyItCame) {
    Turns turns(3);
    const uint64_t first = turns.alloc(0, 100 * kMs, 600);
    const uint64_t second = turns.alloc(1, 101 * kMs, 700);
    turns.free(first, 400 * kMs);
    turns.free(second, 401 * kMs);
    turns.alloc(2, 900 * kMs, 10);
    const Recording recording = turns.maker.finish();
    const Peaks peaks = peaks_of(recording);
    EXPECT_TRUE(peaks.pools.at(0).exact());
    EXPECT_EQ(peaks.pools[0].low, 1300u);
    EXPECT_EQ(peaks.pools[0].moment.unordered, std::nullopt);
    EXPECT_TRUE(snapshot_after(recording, 2).coverage.complete);
}

TEST(SharedUse, OfAProcessThatIsKilledNothingIsCertainAfterItsLastSign) {
    Turns turns(2);
    turns.alloc(0, 100 * kMs, 600);
    turns.alloc(1, 500 * kMs, 700);
    turns.maker.add(EventKind::kProcessEnded, 0).at = RecordingMaker::kBegan + 900 * kMs;
    turns.alloc(1, 1500 * kMs, 1);
    Recording recording = turns.maker.finish();
    recording.end.processes[0].state = ProcessState::kKilled;
    recording.end.processes[0].seen_dead_at = RecordingMaker::kBegan + 900 * kMs;
    const PoolPeak peak = peaks_of(recording).pools.at(0);
    EXPECT_EQ(peak.low, 701u);
    EXPECT_EQ(peak.high, 1300u);
    recording.end.processes[0].last_sign_at = RecordingMaker::kBegan + 800 * kMs;
    EXPECT_EQ(peaks_of(recording).pools.at(0).low, 1300u);
}

TEST(SharedUse, OfWhatIsToldTooLateNoOrderIsKnown) {
    Turns turns(2);
    const uint64_t second = turns.alloc(1, 500 * kMs, 700);
    const uint64_t first = turns.alloc(0, 100 * kMs, 600);
    turns.free(first, 200 * kMs);
    turns.free(second, 900 * kMs);
    const Recording recording = turns.maker.finish();
    const PoolPeak peak = peaks_of(recording).pools.at(0);
    EXPECT_EQ(peak.low, 700u);
    EXPECT_GE(peak.high, 1300u);
    EXPECT_FALSE(snapshot_after(recording, 2).coverage.complete);
}

// Real events, each told up to a tick of the kernel too early.
struct MadeUp {
    struct Real {
        WallTime at = 0, told = 0;
        uint32_t process = 0;
        int64_t bytes = 0;
        size_t made = 0;  // of a free: which event made it
    };
    std::vector<Real> events;  // by process, in its order

    explicit MadeUp(std::mt19937_64& random) {
        const auto below = [&](uint64_t limit) { return static_cast<int64_t>(random() % limit); };
        const auto processes = static_cast<uint32_t>(2 + below(3));
        const int64_t pause = std::array{5, 40, 200, 1000}[static_cast<size_t>(below(4))];
        for (uint32_t p = 0; p < processes; ++p) {
            WallTime at = below(500) * kMs, told = 0;
            std::vector<size_t> live;
            for (int64_t i = 4 + below(30); i != 0; --i) {
                at += below(static_cast<uint64_t>(pause)) * kMs + 1 + below(kMs);
                told = std::max(told, at - below(10 * kMs));
                if (live.empty() || below(5) < 3) {
                    live.push_back(events.size());
                    events.push_back({at, told, p, 1 + below(1000), 0});
                } else {
                    const auto which = static_cast<size_t>(below(live.size()));
                    events.push_back({at, told, p, -events[live[which]].bytes, live[which]});
                    live.erase(live.begin() + static_cast<ptrdiff_t>(which));
                }
            }
        }
    }

    // After each moment at which something happened, in order.
    std::map<WallTime, int64_t> sums() const {
        std::map<WallTime, int64_t> sums;
        for (const Real& event : events) sums[event.at] += event.bytes;
        int64_t sum = 0;
        for (auto& [at, now] : sums) now = sum += now;
        return sums;
    }
    // As a follower has it: by the told times. Gives the order.
    std::vector<size_t> record(Turns& turns) const {
        std::vector<size_t> order(events.size());
        for (size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::ranges::stable_sort(order, {}, [&](size_t i) { return events[i].told; });
        std::map<size_t, uint64_t> handles;
        for (const size_t i : order) {
            const Real& event = events[i];
            if (event.bytes > 0) {
                handles[i] = turns.alloc(event.process, event.told, static_cast<uint64_t>(event.bytes));
            } else {
                turns.free(handles.at(event.made), event.told);
            }
        }
        return order;
    }
};

class AskOfAll : public ReplayObserver {
public:
    explicit AskOfAll(SharedUses& uses) : uses_(uses) {}
    void arrived(const Replay&, const LiveBlock& block) override { sum_ += block.reserved_bytes(); }
    void left(const Replay&, const LiveBlock& block, Departure) override { sum_ -= block.reserved_bytes(); }
    void applied(const Replay& replay, const Event& event) override {
        uses_.ask(replay, replay.event(), event.process);
        sums.push_back(sum_);
    }
    std::vector<uint64_t> sums;

private:
    SharedUses& uses_;
    uint64_t sum_ = 0;
};

TEST(SharedUse, BoundsHoldTheTruthOfMadeUpTurns) {
    size_t exact = 0, certain = 0, not_certain = 0;
    for (uint64_t seed = 1; seed <= 400; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        const MadeUp truth(random);
        Turns turns(4);
        const std::vector<size_t> order = truth.record(turns);
        const Recording recording = turns.maker.finish();
        const std::map<WallTime, int64_t> sums = truth.sums();
        const auto most =
            static_cast<uint64_t>(std::ranges::max_element(sums, {}, [](auto& s) { return s.second; })->second);
        const PoolPeak peak = peaks_of(recording).pools.at(0);
        ASSERT_LE(peak.low, most);
        ASSERT_GE(peak.high, most);
        exact += peak.exact();

        SharedUses uses;
        AskOfAll ask(uses);
        Replay replay(recording);
        BothObservers both(uses, ask);
        replay.run(both);
        for (size_t i = 0; i < order.size(); ++i) {
            const MadeUp::Real& event = truth.events[order[i]];
            const auto sum = static_cast<uint64_t>(sums.at(event.at));
            const std::optional<Interval> answer = uses.use(0, Pool::kDram)->answer(i + 1);
            if (answer) {
                ++not_certain;
                ASSERT_LE(answer->low, sum) << i;
                ASSERT_GE(answer->high, sum) << i;
                continue;
            }
            // It was so when it was told, or by the time that it is known.
            ++certain;
            const auto until = sums.upper_bound(event.told + kClockStep + 6 * kMs);
            ASSERT_TRUE(std::any_of(sums.find(event.at), until, [&](const auto& then) {
                return static_cast<uint64_t>(then.second) == ask.sums[i];
            })) << i;
        }
    }
    EXPECT_GT(exact, 50u);
    EXPECT_GT(certain, 1000u);
    EXPECT_GT(not_certain, 1000u);
}

}  // namespace
}  // namespace ttmem

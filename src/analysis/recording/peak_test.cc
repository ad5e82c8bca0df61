#include "src/analysis/recording/peak.h"

#include <gtest/gtest.h>

#include "src/analysis/recording/shared_use.h"
#include "src/analysis/recording/tree.h"
#include "tests/support/true_shares.h"

namespace ttmem {
namespace {

constexpr uint64_t kSeeds = 500;

// By hand: 1,000 stay, 300 and 200 come and go in an iteration, 50 of a program.
Recording two_iterations() {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2});
    const uint32_t load = maker.text("load"), matmul = maker.text("matmul");
    maker.alloc(mesh, Pool::kDram, 1000, load);
    for (int i = 0; i < 2; ++i) {
        maker.begin_iteration();
        const uint64_t in = maker.alloc(mesh, Pool::kDram, 300, matmul);
        if (i == 0) {
            maker.alloc(mesh, Pool::kDram, 50,
                        {.op = matmul, .allocation_class = AllocationClass::kProgram, .holder = 5});
        }
        const uint64_t out = maker.alloc(mesh, Pool::kDram, i == 0 ? 400 : 200, matmul);
        maker.free(in);
        maker.free(out);
        maker.end_iteration();
    }
    return maker.finish();
}

TEST(Peak, IsTheLargestUseWithAllThatWasLiveThen) {
    const Peaks peaks = peaks_of(two_iterations());
    ASSERT_EQ(peaks.pools.size(), 1u);  // both chips are used alike
    const PoolPeak& dram = peaks.pools[0];
    EXPECT_EQ(dram.chips.size(), 2u);
    EXPECT_TRUE(dram.exact());
    EXPECT_EQ(dram.low, 1750u);
    EXPECT_EQ(dram.moment.event, 5u);
    EXPECT_EQ(dram.moment.iteration, 1u);
    EXPECT_EQ(dram.moment.live.allocations, 4u);
    EXPECT_EQ(dram.moment.of(Part::kPersistent).reserved_bytes, 1000u);
    EXPECT_EQ(dram.moment.of(Part::kIntermediate).reserved_bytes, 700u);
    EXPECT_EQ(dram.moment.of(Part::kProgram).reserved_bytes, 50u);
    ASSERT_EQ(dram.moment.shares.size(), 3u);  // largest first
    EXPECT_EQ(dram.moment.shares[0].sum.reserved_bytes, 1000u);
}

TEST(Peak, BeyondAllNumbersItIsALowerBound) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1});
    for (int i = 0; i < 3; ++i) maker.alloc(mesh, Pool::kDram, UINT64_MAX / 2);
    const Peaks peaks = peaks_of(maker.finish());
    ASSERT_EQ(peaks.pools.size(), 1u);
    EXPECT_EQ(peaks.pools[0].low, UINT64_MAX);
    EXPECT_FALSE(peaks.pools[0].exact());
    EXPECT_FALSE(peaks.pools[0].high);
    EXPECT_FALSE(peaks.coverage.complete);
}

TEST(Peak, OfAProcessThatCouldNotTrackAllHasNoUpperBoundButTheCapacity) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1});
    maker.alloc(mesh, Pool::kDram, 1000);
    Recording recording = maker.finish();
    recording.end.processes[0].coverage.untracked_allocations = 1;
    const Peaks peaks = peaks_of(recording);
    ASSERT_EQ(peaks.pools.size(), 1u) << "of pools in which nothing is known to have been nothing is said";
    EXPECT_EQ(peaks.pools[0].low, 1000u);
    EXPECT_EQ(peaks.pools[0].high, peaks.pools[0].capacity_bytes);
    EXPECT_FALSE(peaks.pools[0].exact());
}

TEST(Peak, TheFirstIterationDoesNotHideTheOthers) {
    const Peaks peaks = peaks_of(two_iterations());
    EXPECT_EQ(peaks.iterations, 2u);
    ASSERT_TRUE(peaks.pools[0].steady);
    EXPECT_EQ(peaks.pools[0].steady->live.reserved_bytes, 1550u);
    EXPECT_EQ(peaks.pools[0].steady->iteration, 2u);
}

TEST(Peak, TheFullestPoolComesFirst) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.use(0, 1).pool(Pool::kDram).capacity_bytes = 1000;
    maker.use(0, 1).pool(Pool::kL1).capacity_bytes = 100;
    maker.alloc(chip, Pool::kDram, 500);
    maker.alloc(chip, Pool::kL1, 90);
    const Peaks peaks = peaks_of(maker.finish());
    EXPECT_EQ(peaks.pools[0].pool, Pool::kL1);
    EXPECT_EQ(peaks.pools[0].capacity_bytes, 100u);
}

TEST(Peak, OfChipsThatDifferInSizeTheSmallestSaysHowFullAPoolIs) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2});
    maker.use(0, 1).pool(Pool::kDram).capacity_bytes = 1000;
    maker.use(0, 2).pool(Pool::kDram).capacity_bytes = 2000;
    for (const uint64_t chip : {1, 2}) maker.use(0, chip).pool(Pool::kL1).capacity_bytes = 100;
    maker.alloc(mesh, Pool::kDram, 950);
    maker.alloc(mesh, Pool::kL1, 90);
    const Peaks peaks = peaks_of(maker.finish());
    EXPECT_EQ(peaks.pools[0].pool, Pool::kDram);
    EXPECT_EQ(peaks.pools[0].capacity_bytes, std::nullopt);
}

TEST(Peak, OfTwoProcessesIsWhatTheyHadAtOnce) {
    RecordingMaker maker;
    const uint32_t other = maker.process();
    const uint32_t mine = maker.place({1}), theirs = maker.place({1}, other);
    const uint64_t one = maker.alloc(mine, Pool::kDram, 100);
    maker.alloc(theirs, Pool::kDram, 70);
    maker.free(one);
    const Peaks peaks = peaks_of(maker.finish());
    EXPECT_EQ(peaks.pools[0].low, 170u) << "for a second";
    EXPECT_TRUE(peaks.pools[0].exact());
    EXPECT_EQ(peaks.pools[0].moment.live.reserved_bytes, 170u);
}

TEST(Peak, OfTwoProcessesIsAtLeastWhatLivesAtTheEnd) {
    RecordingMaker maker;
    const uint32_t other = maker.process();
    const uint32_t mine = maker.place({1}), theirs = maker.place({1}, other);
    maker.free(maker.alloc(mine, Pool::kDram, 40));
    maker.alloc(mine, Pool::kDram, 100);
    maker.alloc(theirs, Pool::kDram, 70);
    const Peaks peaks = peaks_of(maker.finish());
    EXPECT_EQ(peaks.pools[0].low, 170u);
    EXPECT_TRUE(peaks.pools[0].exact());
}

TEST(Peak, OfOneProcessAfterTheOtherIsTheLarger) {
    RecordingMaker maker;
    const uint32_t other = maker.process();
    const uint32_t mine = maker.place({1}), theirs = maker.place({1}, other);
    maker.alloc(mine, Pool::kDram, 100);
    maker.close(mine);
    maker.alloc(theirs, Pool::kDram, 70);
    const Peaks peaks = peaks_of(maker.finish());
    EXPECT_TRUE(peaks.pools[0].exact());
    EXPECT_EQ(peaks.pools[0].low, 100u);
}

// One thread gives back 1,000 bytes and another takes 900: 1,000 or 1,900 at once, if both did it within a tick.
PoolPeak of_two_threads(WallTime apart, std::optional<Interval> counted) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint64_t first = maker.alloc(chip, Pool::kDram, 1000, {.thread = 1});
    maker.free(first);
    maker.alloc(chip, Pool::kDram, 900, {.thread = 2});
    for (Event& event : maker.events)
        event.at = RecordingMaker::kBegan + static_cast<WallTime>(event.order) * kClockStep * 2;
    maker.events[2].at = maker.events[1].at + apart;
    maker.use(0, 1).pool(Pool::kDram).peak_reserved = counted;
    Recording recording = maker.finish();
    recording.end.processes[0].started_at = recording.began_at;
    return peaks_of(recording).pools.at(0);
}

TEST(Peak, OfThreadsThatTakeTurnsWithinATickIsWhatTheirProcessCounted) {
    const PoolPeak both = of_two_threads(1000, Interval{1900, 1900});
    EXPECT_TRUE(both.exact());
    EXPECT_EQ(both.low, 1900u);
    EXPECT_EQ(both.moment.live.reserved_bytes, 1000u);
    EXPECT_EQ(both.moment.unordered, (Interval{1900, 1900})) << "that it is another moment is said";
    const PoolPeak one = of_two_threads(1000, Interval{1000, 1000});
    EXPECT_TRUE(one.exact());
    EXPECT_EQ(one.low, 1000u);
    EXPECT_FALSE(one.moment.unordered);
}

TEST(Peak, OfThreadsThatTakeTurnsWithinATickIsNotExactWhereNobodyCounted) {
    const PoolPeak bounded = of_two_threads(1000, Interval{950, 1950});
    EXPECT_EQ((std::pair{bounded.low, bounded.high}), (std::pair{1000ul, std::optional(1950ul)}));
    const PoolPeak unbounded = of_two_threads(1000, std::nullopt);
    EXPECT_EQ((std::pair{unbounded.low, unbounded.high}), (std::pair{1000ul, std::optional<uint64_t>()}));
    EXPECT_TRUE(unbounded.moment.unordered);
}

TEST(Peak, OfThreadsThatTakeTurnsAtLeisureIsExact) {
    const PoolPeak peak = of_two_threads(kClockStep * 2, Interval{950, 1950});
    EXPECT_TRUE(peak.exact());
    EXPECT_EQ(peak.low, 1000u);
    EXPECT_FALSE(peak.moment.unordered);
}

// When a killed process ended nobody may know: what it held counts on, in the interval and in what was live.
TEST(Peak, OfAKilledProcessCountsWhatItHeldUntilItWasFoundEnded) {
    RecordingMaker maker;
    const uint32_t other = maker.process();
    const uint32_t mine = maker.place({1}), theirs = maker.place({1}, other);
    maker.alloc(mine, Pool::kDram, 100);
    maker.add(EventKind::kProcessEnded, 0);
    maker.alloc(theirs, Pool::kDram, 70);
    maker.add(EventKind::kProcessEnded, other);
    Recording recording = maker.finish();
    Process& first = recording.end.processes[0];
    recording.end.processes[other].state = first.state = ProcessState::kKilled;
    first.seen_dead_at = 0;
    Peaks peaks = peaks_of(recording);
    EXPECT_EQ(peaks.pools[0].low, 100u);
    EXPECT_EQ(peaks.pools[0].high, 170u);
    EXPECT_EQ(peaks.pools[0].moment.live.reserved_bytes, 170u);
    first.seen_dead_at = RecordingMaker::kBegan + 2 * RecordingMaker::kStep;
    peaks = peaks_of(recording);
    EXPECT_EQ(peaks.pools[0].high, 100u) << "it had ended before the other allocated";
    EXPECT_EQ(peaks.pools[0].moment.live.reserved_bytes, 100u);
}

TEST(Peak, MoreBeforeTheRecordingBeganIsSaid) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.recording.end.processes[0].started_at = RecordingMaker::kBegan - 5;
    maker.use(0, 1).pool(Pool::kDram).peak_reserved = Interval{900, 900};
    maker.alloc(chip, Pool::kDram, 100);
    const Peaks peaks = peaks_of(maker.finish());
    EXPECT_EQ(peaks.pools[0].low, 100u);
    EXPECT_EQ(peaks.pools[0].earlier, 900u);
    EXPECT_TRUE(peaks.coverage.complete);
}

TEST(Peak, AHistoryThatShowsLessThanTheProcessCountedIsNotBelieved) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.use(0, 1).pool(Pool::kDram).peak_reserved = Interval{900, 900};
    maker.alloc(chip, Pool::kDram, 100);
    const Peaks peaks = peaks_of(maker.finish());
    EXPECT_EQ(peaks.pools[0].low, 900u);
    EXPECT_EQ(peaks.pools[0].high, 900u);
    EXPECT_FALSE(peaks.coverage.complete);
}

TEST(Peak, OfAPartIsSteadyFromItsBeginIfAnIterationHadEnded) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.free(maker.alloc(chip, Pool::kDram, 900));
    maker.begin_iteration();
    maker.end_iteration();
    maker.alloc(chip, Pool::kDram, 100);
    Recording part = maker.finish();
    EXPECT_EQ(peaks_of(part).pools.at(0).steady->live.reserved_bytes, 100u);
    part.iterations_before = 1;
    EXPECT_FALSE(peaks_of(part).pools.at(0).steady) << "the same as the peak";
    part.iterations_before = 0;
    part.is_part = true;
    part.end.processes[0].iterations_ended = 1;
    EXPECT_TRUE(peaks_of(part).pools.at(0).steady);
    part.end.processes[0].iterations_ended = 2;  // one more than the recording has
    EXPECT_FALSE(peaks_of(part).pools.at(0).steady);
    part.gaps.push_back({ProcessIndex{0}, 0, 0, 3, "overwritten"});
    EXPECT_TRUE(peaks_of(part).pools.at(0).steady) << "it may have ended in the gap";
}

// Nothing of its history is there, which would tell its chips apart.
TEST(Peak, OfChipsThatCountedDifferentlyIsAnInterval) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2});
    maker.use(0, 1).pool(Pool::kDram).peak_reserved = Interval{900, 900};
    maker.use(0, 2).pool(Pool::kDram).peak_reserved = Interval{400, 400};
    maker.alloc(mesh, Pool::kDram, 100);
    const Peaks peaks = peaks_of(maker.finish());
    ASSERT_EQ(peaks.pools.size(), 1u);
    EXPECT_FALSE(peaks.pools[0].exact());
    EXPECT_EQ(peaks.pools[0].low, 400u);
    EXPECT_EQ(peaks.pools[0].high, 900u);
}

TEST(Peak, EqualsTheTruthOfMadeUpWorkloads) {
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(seed);
        RandomRecording random(seed);
        const Recording recording = random.maker.finish();
        const Peaks peaks = peaks_of(recording);
        ASSERT_TRUE(peaks.coverage.complete);
        const bool iterated = std::any_of(random.maker.events.begin(), random.maker.events.end(),
                                          [](const Event& e) { return e.kind == EventKind::kIterationBegun; });
        for (const auto& [where, peak] : random.truth.peaks) {
            const PoolPeak* found = peak_on(peaks, where.first, where.second);
            ASSERT_EQ(found != nullptr, peak.reserved != 0);
            if (found == nullptr) continue;
            ASSERT_TRUE(found->exact());
            ASSERT_EQ(found->low, peak.reserved);
            ASSERT_EQ(found->moment.event, peak.event);
            ASSERT_EQ(found->moment.live.reserved_bytes, peak.reserved);
            ASSERT_EQ(found_shares(found->moment), true_shares(peak, random.truth, iterated));
            if (!found->steady) continue;
            const TruePeak& steady = random.truth.steady.at(where);
            ASSERT_EQ(found->steady->live.reserved_bytes, steady.reserved);
            ASSERT_EQ(found_shares(*found->steady), true_shares(steady, random.truth, iterated));
        }
    }
}

// A stretch of events is thrown away; the processes' own counts, of which some are intervals, are kept.
TEST(Peak, OfAHistoryWithGapsContainsTheTruth) {
    for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
        SCOPED_TRACE(seed);
        RandomRecording random(seed);
        for (const auto& [where, peak] : random.truth.peaks) {
            PoolUse& use = random.maker.use(0, where.first).pool(where.second);
            use.peak_reserved = Interval{peak.reserved - std::min<uint64_t>(peak.reserved, random.below(2) * 40),
                                         peak.reserved + random.below(2) * 50};
        }
        std::vector<Event>& events = random.maker.events;
        const auto count = static_cast<uint32_t>(events.size());
        const uint32_t first = random.below(count), last = std::min(count - 1, first + random.below(count));
        random.maker.recording.gaps = {{ProcessIndex{0}, events[first].at, events[last].at, last - first + 1, "Lost."}};
        events.erase(events.begin() + first, events.begin() + last + 1);
        const Recording recording = random.maker.finish();
        const Peaks peaks = peaks_of(recording);
        ASSERT_FALSE(peaks.coverage.complete);
        for (const auto& [where, peak] : random.truth.peaks) {
            const PoolPeak* found = peak_on(peaks, where.first, where.second);
            ASSERT_TRUE(found != nullptr || peak.reserved == 0);
            if (found == nullptr) continue;
            ASSERT_LE(found->low, peak.reserved);
            ASSERT_TRUE(found->high);
            ASSERT_GE(*found->high, peak.reserved);
        }
    }
}

// A look tells of a free as of itself, and of what was allocated since as of its allocation.
TEST(Peak, OfAProcessThatWasLookedAtIsNoMoreThanItCounted) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint64_t first = maker.alloc(chip, Pool::kDram, 500);
    maker.alloc(chip, Pool::kDram, 400);
    maker.free(first);
    maker.use(0, 1).pool(Pool::kDram).peak_reserved = Interval{500, 500};
    maker.recording.gaps = {{ProcessIndex{0}, RecordingMaker::kBegan, 0, 0, "It was looked at.", true}};
    const PoolPeak peak = peaks_of(maker.finish()).pools.at(0);
    EXPECT_EQ(peak.low, 500u);
    EXPECT_EQ(peak.high, 500u);
}

TEST(Peak, IsToldByTheLinesOfTheProgram) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint32_t main = maker.frame(0, "main.py", 7, "<module>"), test = maker.frame(0, "test.py", 9, "<module>");
    const uint32_t one = maker.frame(main, "model.py", 42, "forward");
    maker.recording.end.stacks.push_back(maker.recording.end.stacks[one]);
    const auto other = static_cast<uint32_t>(maker.recording.end.stacks.size() - 1);
    maker.recording.end.stacks[other].caller = test;  // the same line, called from elsewhere
    for (const uint32_t stack : {one, other, main, 0u}) maker.alloc(chip, Pool::kDram, 100 + stack, {.stack = stack});
    const Peaks peaks = peaks_of(maker.finish());
    const std::vector<LiveShare> lines = grouped(peaks.pools[0].moment.shares, GroupBy::kLine);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0].sum.allocations, 2u);
    EXPECT_EQ(lines[0].sum.reserved_bytes, 200u + one + other);
    EXPECT_EQ((std::vector{lines[1].line, lines[2].line}), (std::vector{main, 0u}));
    const TreeNode tree = tree_of(peaks.pools[0].moment.shares, {TreeLevel::kLine});
    EXPECT_EQ(tree.children.size(), 3u);
}

TEST(Peak, GroupsAddUpToTheWhole) {
    const Peaks peaks = peaks_of(two_iterations());
    for (const GroupBy by :
         {GroupBy::kOwner, GroupBy::kOp, GroupBy::kTag, GroupBy::kLine, GroupBy::kClass, GroupBy::kPart}) {
        Sum sum;
        for (const LiveShare& share : grouped(peaks.pools[0].moment.shares, by)) sum += share.sum;
        EXPECT_EQ(sum, peaks.pools[0].moment.live);
    }
    const std::vector<LiveShare> ops = grouped(peaks.pools[0].moment.shares, GroupBy::kOp);
    ASSERT_EQ(ops.size(), 2u);
    EXPECT_EQ(ops[1].sum, (Sum{3, 750, 750}));  // matmul
}

}  // namespace
}  // namespace ttmem

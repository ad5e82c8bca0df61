#include "src/analysis/recording/timeline.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/random_recording.h"

namespace ttmem {
namespace {

std::vector<uint64_t> bytes_of(const PoolTimeline& pool) {
    std::vector<uint64_t> bytes;
    for (const TimelineSlot& slot : pool.slots) bytes.push_back(slot.bytes);
    return bytes;
}

TEST(Timeline, ASlotShowsTheLargestUseInIt) {
    RecordingMaker maker;  // an event each second: nine in ten seconds
    const uint32_t chip = maker.place({1});
    maker.alloc(chip, Pool::kDram, 100);
    maker.free(maker.alloc(chip, Pool::kDram, 50));
    maker.add(EventKind::kPlaceOpened);
    maker.add(EventKind::kPlaceOpened);
    maker.add(EventKind::kPlaceOpened);
    maker.alloc(chip, Pool::kDram, 7);
    maker.add(EventKind::kPlaceOpened);
    maker.add(EventKind::kPlaceOpened);
    const Timeline timeline = timeline_of(maker.finish(), 5);
    ASSERT_EQ(timeline.pools.size(), 1u);
    EXPECT_TRUE(timeline.by_time);
    EXPECT_EQ(bytes_of(timeline.pools[0]), (std::vector<uint64_t>{100, 150, 100, 107, 107}));
    EXPECT_EQ(timeline.pools[0].peak_slot, 1u);
}

TEST(Timeline, HasTheWholeRecordingAlsoWhereNothingHappens) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint64_t before = maker.alloc(chip, Pool::kDram, 50);
    maker.recording.live_before.push_back(RecordingMaker::allocation_of(maker.live.at(before)));
    maker.events.clear();
    maker.alloc(chip, Pool::kDram, 7);
    Recording recording = maker.finish();
    const WallTime happened = maker.events[0].at, kRest = 10 * RecordingMaker::kStep;
    recording.began_at = happened - kRest, recording.ended_at = happened + kRest;
    const Timeline whole = timeline_of(recording, 4);
    EXPECT_EQ(whole.from, recording.began_at);
    EXPECT_EQ(whole.to, recording.ended_at);
    EXPECT_EQ(whole.zero, recording.began_at);
    EXPECT_EQ(bytes_of(whole.pools.at(0)), (std::vector<uint64_t>{50, 50, 57, 57}));
    recording.zero_at = recording.began_at - kRest;
    EXPECT_EQ(timeline_of(recording, 4).zero, recording.zero_at) << "of a part the zero is that of the whole";
}

// Nothing, use, nothing.
Recording used_in_the_middle(RecordingMaker& maker) {
    const uint32_t chip = maker.place({1});
    for (int i = 0; i < 400; ++i) maker.add(EventKind::kPlaceOpened);
    maker.free(maker.alloc(chip, Pool::kDram, 50));
    maker.alloc(chip, Pool::kDram, 7);
    Recording recording = maker.finish();
    recording.ended_at += 400 * RecordingMaker::kStep;
    recording.end.processes[0].state = ProcessState::kExited;
    return recording;
}

TEST(Timeline, OfWhatIsUsedBeginsWithTheFirstAllocationAndEndsWithTheLastEvent) {
    RecordingMaker maker;
    Recording recording = used_in_the_middle(maker);
    const WallTime first = maker.events[400].at, last = maker.events.back().at;
    const Timeline timeline = timeline_of(recording, 100, DrawnTime::kUsed);
    EXPECT_LE(timeline.from, first);
    EXPECT_GE(timeline.to, last);
    EXPECT_LT(timeline.to - timeline.from, 2 * (last - first)) << "with a small margin";
    EXPECT_EQ(timeline.whole_from, recording.began_at);
    EXPECT_EQ(timeline.whole_to, recording.ended_at);
    EXPECT_EQ(timeline.zero, recording.began_at) << "times are told as everywhere";
    EXPECT_EQ(timeline.pools.at(0).slots.front().bytes, 0u);
    EXPECT_EQ(timeline.pools.at(0).slots.back().bytes, 7u);
    EXPECT_EQ(timeline.pools.at(0).slots.at(timeline.pools.at(0).peak_slot).bytes, 50u);
}

TEST(Timeline, OfWhatIsUsedHasWhatLivedBeforeWhatIsUnknownAndTheRestOfTheLiving) {
    RecordingMaker maker;
    const Recording recording = used_in_the_middle(maker);
    Recording living = recording, gap = recording, before = recording, failed = recording;
    living.end.processes[0].state = ProcessState::kLive;
    EXPECT_EQ(timeline_of(living, 10, DrawnTime::kUsed).to, recording.ended_at);
    gap.gaps.push_back({.process = ProcessIndex{0}, .from = recording.began_at, .to = 0, .why = "lost"});
    EXPECT_EQ(timeline_of(gap, 10, DrawnTime::kUsed).from, recording.began_at);
    EXPECT_EQ(timeline_of(gap, 10, DrawnTime::kUsed).to, recording.ended_at);
    before.live_before.push_back(recording.end.allocations.at(0));
    EXPECT_EQ(timeline_of(before, 10, DrawnTime::kUsed).from, recording.began_at);
    failed.end.processes[0].failures.emplace_back().at = recording.ended_at - 1;
    EXPECT_EQ(timeline_of(failed, 10, DrawnTime::kUsed).to, recording.ended_at);
}

TEST(Timeline, OfWhatIsUsedEndsWhenAllIsClosedWhateverIsTidiedUpLater) {
    for (const bool other_place : {false, true}) {
        RecordingMaker maker;
        const uint32_t mesh = maker.place({1, 2}), part = maker.place({1}, 0, maker.registration(mesh));
        const uint32_t other = maker.place({3});
        maker.alloc(mesh, Pool::kDram, 50), maker.alloc(part, Pool::kDram, 50);
        if (other_place) maker.alloc(other, Pool::kDram, 7);
        maker.close(mesh);
        const WallTime closed = maker.events.back().at;
        for (int i = 0; i < 400; ++i) maker.add(EventKind::kProgramDestroyed).subject = 9;
        maker.add(EventKind::kProcessEnded);
        Recording recording = maker.finish();
        recording.end.processes[0].state = ProcessState::kExited;
        const Timeline timeline = timeline_of(recording, 100, DrawnTime::kUsed);
        if (other_place) {
            EXPECT_GE(timeline.to, maker.events.back().at) << "something is held until the end";
        } else {
            EXPECT_GE(timeline.to, closed);
            EXPECT_LT(timeline.to, closed + 10 * RecordingMaker::kStep);
        }
    }
}

TEST(Timeline, OfWhatIsUsedIsTheWholeWhereNothingIs) {
    RecordingMaker maker;
    maker.place({1});
    for (int i = 0; i < 9; ++i) maker.add(EventKind::kPlaceOpened);
    const Recording recording = maker.finish();
    const Timeline timeline = timeline_of(recording, 10, DrawnTime::kUsed);
    EXPECT_EQ(timeline.from, recording.began_at);
    EXPECT_EQ(timeline.to, recording.ended_at);
}

TEST(Timeline, BandsFollowTheMarks) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.begin_iteration();
    const uint64_t one = maker.alloc(chip, Pool::kDram, 100);
    maker.alloc(chip, Pool::kDram, 30);
    maker.end_iteration();
    maker.alloc(chip, Pool::kDram, 1, {.allocation_class = AllocationClass::kProgram});
    maker.persist(one);
    maker.alloc(chip, Pool::kDram, 10, {.persistent = true});
    const Timeline timeline = timeline_of(maker.finish(), 7);
    const auto& slots = timeline.pools[0].slots;
    const auto band = [&](size_t slot, Band of) { return slots[slot].bands[static_cast<size_t>(of)]; };
    EXPECT_EQ(band(2, Band::kTensor), 130u);
    EXPECT_EQ(band(4, Band::kLeaked), 30u);
    EXPECT_EQ(band(4, Band::kTensor), 100u) << "in the end it was meant to stay";
    EXPECT_EQ(band(4, Band::kProgram), 1u);
    EXPECT_EQ(band(6, Band::kLeaked), 30u);
    EXPECT_EQ(band(6, Band::kPersistent), 110u);
    EXPECT_EQ(timeline.steady, 3u);
    ASSERT_EQ(timeline.iterations.size(), 1u);
    EXPECT_EQ(timeline.iterations[0].text, "1");
}

TEST(Timeline, LongOperationsAreShownAndShortOnesCounted) {
    RecordingMaker maker;
    const uint32_t matmul = maker.text("matmul"), add = maker.text("add");
    const uint32_t chip = maker.place({1});
    const auto add_event = [&](EventKind kind, uint32_t name, uint32_t op) {
        Event& event = maker.add(kind);
        event.name = name, event.op = op;  // as a process tells it: the op of an end is the one around it
    };
    add_event(EventKind::kOperationBegun, matmul, matmul);
    add_event(EventKind::kOperationBegun, add, add);  // a part of it
    maker.alloc(chip, Pool::kDram, 1);
    add_event(EventKind::kOperationEnded, add, matmul);
    add_event(EventKind::kOperationEnded, matmul, 0);
    add_event(EventKind::kOperationBegun, add, add);
    add_event(EventKind::kOperationEnded, add, 0);
    maker.add(EventKind::kPlaceOpened);
    const Timeline timeline = timeline_of(maker.finish(), 2);
    ASSERT_EQ(timeline.operations.size(), 1u);
    EXPECT_EQ(timeline.operations[0].text, "matmul");
    EXPECT_EQ(timeline.operations[0].begin, 0u);
    EXPECT_EQ(timeline.operations[0].end, 2u);
    EXPECT_EQ(timeline.operations_left_out, 1u);
}

TEST(Timeline, AFailureOfWhichNoEventTellsIsThereByItsTime) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.free(maker.alloc(chip, Pool::kDram, 10));
    maker.free(maker.alloc(chip, Pool::kDram, 10));
    Recording recording = maker.finish();
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory, failure.requested_bytes = 700;
    failure.pool = Pool::kL1, failure.place = PlaceIndex{chip};
    failure.at = recording.ended_at;
    Failure before = failure;
    before.at = 1;  // the recording had not begun
    recording.end.processes[0].failures = {failure, before};
    const Timeline timeline = timeline_of(recording, 10);
    ASSERT_EQ(timeline.failures.size(), 1u);
    EXPECT_EQ(timeline.failures[0].begin, 9u);
    EXPECT_EQ(timeline.failures[0].bytes, 700u);
    EXPECT_EQ(timeline.failures[0].pool, Pool::kL1);
    EXPECT_EQ(timeline.failures[0].chips, recording.end.places[chip].chips);
    ASSERT_EQ(timeline.pools.at(0).peak.pool, Pool::kDram);
    EXPECT_FALSE(is_failure_of(timeline.failures[0], timeline.pools[0].peak)) << "DRAM lacked nothing";
}

TEST(Timeline, OfAProcessThatKeepsNoHistoryIsIncomplete) {
    RecordingMaker maker;
    maker.alloc(maker.place({1}), Pool::kDram, 10);
    Recording recording = maker.finish();
    EXPECT_TRUE(timeline_of(recording, 10).coverage.complete);
    recording.gaps.push_back({.process = ProcessIndex{0}, .why = "looks", .sampled = true});
    const Coverage coverage = timeline_of(recording, 10).coverage;
    EXPECT_FALSE(coverage.complete);
    EXPECT_EQ(coverage.notes, std::vector<std::string>{"looks"});
    EXPECT_EQ(peaks_of(recording).coverage.notes, coverage.notes);
}

TEST(Timeline, ASlotSaysSinceWhenItWasSoAndUntilWhen) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.free(maker.alloc(chip, Pool::kDram, 10));
    maker.alloc(chip, Pool::kDram, 4);
    const Timeline timeline = timeline_of(maker.finish(), 1);
    const TimelineSlot& slot = timeline.pools.at(0).slots.at(0);
    EXPECT_EQ(slot.event, 1u);
    EXPECT_EQ(slot.at, RecordingMaker::kBegan + RecordingMaker::kStep);
    EXPECT_EQ(slot.until, RecordingMaker::kBegan + 2 * RecordingMaker::kStep);
}

TEST(Timeline, WithoutTimesItGoesByEvents) {
    RecordingMaker maker;
    maker.alloc(maker.place({1}), Pool::kDram, 1);
    maker.add(EventKind::kPlaceOpened);
    for (Event& event : maker.events) event.at = 0;
    const Timeline timeline = timeline_of(maker.finish(), 2);
    EXPECT_FALSE(timeline.by_time);
    EXPECT_EQ(bytes_of(timeline.pools[0]), (std::vector<uint64_t>{1, 1}));
}

TEST(Timeline, GoesByEventsWhereThatIsAskedAndKeepsTheTimesOfItsSlots) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    maker.alloc(place, Pool::kDram, 1);
    maker.alloc(place, Pool::kDram, 2);
    maker.events.back().at += 1000 * RecordingMaker::kStep;  // much later
    const Timeline timeline = timeline_of(maker.finish(), 2, DrawnTime::kEvents);
    EXPECT_FALSE(timeline.by_time);
    EXPECT_EQ(bytes_of(timeline.pools[0]), (std::vector<uint64_t>{1, 3}));
    EXPECT_EQ(timeline.pools[0].slots[1].at - timeline.pools[0].slots[0].at, 1001 * RecordingMaker::kStep);
}

TEST(Timeline, ShowsThePeakOfEveryMadeUpWorkload) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(seed);
        RandomRecording random(seed);
        const Timeline timeline = timeline_of(random.maker.finish(), 37);
        for (const PoolTimeline& pool : timeline.pools) {
            const uint64_t truth = random.truth.peaks.at({pool.peak.chips.front().value, pool.peak.pool}).reserved;
            ASSERT_EQ(pool.slots[pool.peak_slot].bytes, truth);
            for (const TimelineSlot& slot : pool.slots) {
                ASSERT_EQ(std::accumulate(slot.bands.begin(), slot.bands.end(), uint64_t{0}), slot.bytes);
            }
        }
    }
}

}  // namespace
}  // namespace ttmem

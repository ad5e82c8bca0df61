#include "src/analysis/recording/timeline.h"

#include <gtest/gtest.h>

#include <numeric>

#include "src/analysis/recording/timeline_by_event.h"
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

TEST(Timeline, WhatDidNotEndLastsToTheEndOfItsProcessOrOfTheRecording) {
    for (const bool process_ends : {false, true}) {
        RecordingMaker maker;
        const uint32_t chip = maker.place({1});
        maker.begin_iteration();
        maker.alloc(chip, Pool::kDram, 1);
        maker.end_iteration();
        Event& begun = maker.add(EventKind::kOperationBegun);
        begun.name = begun.op = maker.text("matmul");
        maker.begin_iteration();
        maker.alloc(chip, Pool::kDram, 1);
        if (process_ends) maker.add(EventKind::kProcessEnded);
        for (int i = 0; i < 3; ++i) maker.add(EventKind::kPlaceOpened);
        const Timeline timeline = timeline_of(maker.finish(), maker.events.size(), DrawnTime::kEvents);
        const size_t end = process_ends ? 7 : timeline.slot_count;
        ASSERT_EQ(timeline.iterations.size(), 2u);
        EXPECT_TRUE(timeline.iterations[0].ended);
        EXPECT_EQ(timeline.iterations[1].text, "2");
        EXPECT_FALSE(timeline.iterations[1].ended);
        EXPECT_EQ(timeline.iterations[1].begin, 4u);
        EXPECT_EQ(timeline.iterations[1].end, end);
        ASSERT_EQ(timeline.operations.size(), 1u);
        EXPECT_EQ(timeline.operations[0].text, "matmul");
        EXPECT_FALSE(timeline.operations[0].ended);
        EXPECT_EQ(timeline.operations[0].end, end);
    }
}

TEST(Timeline, NamesIterationsSoThatTheyAreToldApart) {
    RecordingMaker maker;
    maker.place({1});
    for (const char* name : {"", "decode", "step 7"}) {
        maker.begin_iteration(0, maker.text(name));
        maker.end_iteration();
        maker.events.back().name = maker.text(name);
    }
    const Timeline timeline = timeline_of(maker.finish(), maker.events.size(), DrawnTime::kEvents);
    std::vector<std::string> texts;
    for (const TimelineSpan& span : timeline.iterations) texts.push_back(span.text);
    EXPECT_EQ(texts, (std::vector<std::string>{"1", "decode 2", "step 7"}));
}

TEST(Timeline, OperationsThatAreDrawnAreSpreadOverTheAxisWhereThereAreTooMany) {
    for (const size_t count : {kMostSpans + 25, 5 * kMostSpans}) {
        SCOPED_TRACE(count);
        RecordingMaker maker;
        maker.place({1});
        const uint32_t add = maker.text("add"), last = maker.text("last");
        for (size_t i = 0; i < count; ++i) {
            for (const EventKind kind : {EventKind::kOperationBegun, EventKind::kOperationEnded}) {
                Event& event = maker.add(kind);
                event.name = event.op = i + 1 < count ? add : last;
                // The last but two is longer than the others.
                if (kind == EventKind::kOperationBegun && i + 3 == count) maker.add(EventKind::kPlaceOpened);
            }
        }
        const size_t slots = maker.events.size();
        const Timeline timeline = timeline_of(maker.finish(), slots, DrawnTime::kEvents);
        ASSERT_EQ(timeline.operations.size(), kMostSpans);
        EXPECT_EQ(timeline.operations_left_out, count - kMostSpans);
        size_t until = 0, widest = 0, longest = 0;
        for (const TimelineSpan& span : timeline.operations) {
            widest = std::max(widest, span.begin - std::min(until, span.begin));
            longest = std::max(longest, span.end - span.begin);
            until = span.end;
        }
        widest = std::max(widest, slots - until);
        EXPECT_LE(widest, 2 * slots / kMostSpans + 2) << "no stretch of the axis looks as if nothing ran";
        EXPECT_EQ(longest, 3u) << "of those near it the longest stays";
    }
}

TEST(Timeline, IsCrowdedWhereMostHappenedAtOnceLongAfterTheFirst) {
    const auto crowded = [](int early, int middle, int late) {
        RecordingMaker maker;
        const uint32_t chip = maker.place({1});
        WallTime at = RecordingMaker::kBegan;
        const auto events = [&](int count, WallTime apart) {
            for (int i = 0; i < count; ++i) maker.alloc(chip, Pool::kDram, 1), maker.events.back().at = (at += apart);
        };
        events(early, 1000), events(middle, 1'000'000), events(late, 1000);
        Recording recording = maker.finish();
        recording.ended_at = at;
        recording.end.processes[0].state = ProcessState::kExited;
        const Timeline timeline = timeline_of(recording, 100);
        EXPECT_TRUE(timeline_by_event(recording, timeline).has_value());
        return is_crowded(timeline);
    };
    EXPECT_FALSE(crowded(0, 60, 0));
    EXPECT_TRUE(crowded(0, 20, 40));
    EXPECT_FALSE(crowded(40, 20, 0)) << "what is loaded at first is no work";
    EXPECT_FALSE(crowded(0, 9, 20)) << "of few a picture by time shows each";
}

TEST(Timeline, IsNotDrawnInTheOrderOfEventsWhereThatWouldLackSomething) {
    RecordingMaker maker;
    maker.alloc(maker.place({1}), Pool::kDram, 1);
    maker.add(EventKind::kPlaceOpened);
    Recording ended = maker.finish();
    ended.end.processes[0].state = ProcessState::kExited;
    Recording living = ended, gap = ended, failed = ended;
    living.end.processes[0].state = ProcessState::kLive;
    gap.gaps.push_back({.process = ProcessIndex{0}, .from = ended.began_at, .to = 0, .why = "lost"});
    failed.end.processes[0].failures.emplace_back().at = ended.ended_at;
    const auto by_event = [](const Recording& recording) {
        return timeline_by_event(recording, timeline_of(recording, 10)).has_value();
    };
    EXPECT_TRUE(by_event(ended));
    EXPECT_FALSE(by_event(living));
    EXPECT_FALSE(by_event(gap));
    EXPECT_FALSE(by_event(failed)) << "a failure of which no event tells";
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

#include "src/analysis/recording/standing_then.h"

#include <gtest/gtest.h>

#include <set>

#include "src/analysis/map/map.h"
#include "src/analysis/snapshot/programs.h"
#include "tests/support/random_recording.h"

namespace ttmem {
namespace {

std::set<uint64_t> handles_after(const Recording& recording, uint64_t number) {
    std::set<uint64_t> handles;
    for (const Allocation& a : snapshot_after(recording, number).allocations) handles.insert(a.handle);
    return handles;
}

TEST(StandingThen, HasWhatWasLiveThen) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    const uint64_t first = maker.alloc(place, Pool::kL1, 100);
    const uint64_t second = maker.alloc(place, Pool::kL1, 100);
    maker.free(first);
    const Recording recording = maker.finish();
    EXPECT_EQ(handles_after(recording, 0), std::set<uint64_t>());
    EXPECT_EQ(handles_after(recording, 2), (std::set{first, second}));
    EXPECT_EQ(handles_after(recording, 3), (std::set{second}));
    EXPECT_EQ(handles_after(recording, UINT64_MAX), (std::set{second}));
}

TEST(StandingThen, IsFoundByItsTime) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    maker.alloc(place, Pool::kL1, 100);
    maker.alloc(place, Pool::kL1, 100);
    const Recording recording = maker.finish();
    EXPECT_EQ(last_event_at(recording, RecordingMaker::kBegan), 0u);
    EXPECT_EQ(last_event_at(recording, RecordingMaker::kBegan + RecordingMaker::kStep), 1u);
    EXPECT_EQ(last_event_at(recording, recording.ended_at), 2u);
    EXPECT_EQ(last_failure(recording), 0u);
}

TEST(StandingThen, KnowsTheLastFailureOfAllAndOfAKind) {
    RecordingMaker maker;
    maker.alloc(maker.place({1}), Pool::kL1, 100);
    for (const FailureKind kind : {FailureKind::kCbClash, FailureKind::kOutOfMemory}) {
        Failure failure;
        failure.kind = kind;
        maker.recording.end.processes[0].failures.push_back(failure);
        maker.add(EventKind::kFailed).subject = maker.recording.end.processes[0].failures.size() - 1;
    }
    maker.add(EventKind::kFailed).subject = UINT64_MAX;  // no figures of it were kept
    const Recording recording = maker.finish();
    EXPECT_EQ(last_failure(recording), 4u);
    EXPECT_EQ(last_failure(recording, FailureKind::kOutOfMemory), 3u);
    EXPECT_EQ(last_failure(recording, FailureKind::kCbClash), 2u);
    EXPECT_EQ(last_failure(recording, FailureKind::kTraceRegion), 0u);
}

TEST(StandingThen, HasTheProgramsAndTheirPlansOfThen) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    maker.use(0, 1).cb.reserved_bytes = 0;
    const uint32_t name = maker.text("matmul");
    maker.add(EventKind::kProgramCreated).subject = 7;
    maker.events.back().name = name;
    maker.change_plan(7, place, maker.plan({{0, false, 1000, 500, {{0, 0, 0, 0}}}}));  // 2
    maker.change_plan(7, place, maker.plan({{0, false, 1000, 900, {{0, 0, 0, 0}}}}));  // 3
    maker.add(EventKind::kCircularBuffersFreed).subject = 7;                           // 4
    maker.add(EventKind::kProgramDestroyed).subject = 7;                               // 5
    const Recording recording = maker.finish();
    EXPECT_TRUE(snapshot_after(recording, 0).programs.empty());
    const Snapshot planned = snapshot_after(recording, 2);
    ASSERT_EQ(planned.programs.size(), 1u);
    EXPECT_EQ(planned.programs[0].name, "matmul");
    EXPECT_EQ(planned.programs[0].cbs.at(0).plan.buffers.at(0).bytes, 500u);
    EXPECT_EQ(planned.programs[0].cbs.at(0).largest_core, 500u);
    EXPECT_EQ(planned.chips.at(0).cb.largest_core_bytes, 500u);
    EXPECT_EQ(planned.chips.at(0).cb.resident_bytes, std::nullopt) << "history does not tell";
    EXPECT_EQ(snapshot_after(recording, 3).programs.at(0).cbs.at(0).plan.buffers.at(0).bytes, 900u);
    EXPECT_TRUE(snapshot_after(recording, 4).programs.at(0).cbs.empty());
    EXPECT_TRUE(snapshot_after(recording, 5).programs.empty());
}

// What a program had planned when its history begins is told before all else, also of one that is created in it.
TEST(StandingThen, HasNoProgramBeforeItIsCreatedThoughItsPlanIsTold) {
    RecordingMaker maker;
    const uint32_t first = maker.place({1}), again = maker.place({1});
    const uint32_t plan = maker.plan({{0, false, 1000, 500, {{0, 0, 0, 0}}}});
    maker.change_plan(7, again, plan);                  // 1
    maker.add(EventKind::kPlaceOpened).place = first;   // 2
    maker.add(EventKind::kProgramCreated).subject = 7;  // 3
    maker.change_plan(7, first, plan);                  // 4
    maker.close(first);                                 // 5
    maker.add(EventKind::kPlaceOpened).place = again;   // 6
    maker.dispatch(7, again);                           // 7
    const Recording recording = maker.finish();
    EXPECT_TRUE(snapshot_after(recording, 2).programs.empty());
    EXPECT_TRUE(snapshot_after(recording, 3).programs.at(0).cbs.empty());
    const Snapshot planned = snapshot_after(recording, 4);
    ASSERT_EQ(planned.programs.at(0).cbs.size(), 1u);
    EXPECT_FALSE(planned.programs[0].cbs[0].released);
    const Snapshot dispatched = snapshot_after(recording, 7);
    ASSERT_EQ(dispatched.programs.at(0).cbs.size(), 2u);
    EXPECT_TRUE(dispatched.programs[0].cbs[0].released);
    EXPECT_FALSE(dispatched.programs[0].cbs[1].released);
}

TEST(StandingThen, HasTheLinesOfItsAllocations) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    const uint32_t line = maker.frame(0, "model.py", 42, "forward");
    maker.alloc(place, Pool::kDram, 100, {.stack = line});
    EXPECT_EQ(snapshot_after(maker.finish(), 1).allocations.at(0).stack, line);
}

TEST(StandingThen, HasTheTracesOfThen) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1}), name = maker.text("decode");
    const auto add = [&](EventKind kind) {
        Event& event = maker.add(kind);
        event.subject = 9;
        event.place = place;
        event.name = name;
    };
    add(EventKind::kTraceCaptured);
    add(EventKind::kTraceReplayed);
    add(EventKind::kTraceReleased);
    const Recording recording = maker.finish();
    EXPECT_TRUE(select_traces(snapshot_after(recording, 0)).empty());
    const Snapshot captured = snapshot_after(recording, 1);
    ASSERT_EQ(select_traces(captured).size(), 1u);
    EXPECT_EQ(captured.traces[0].name, "decode");
    EXPECT_FALSE(captured.traces[0].replayed);
    EXPECT_TRUE(snapshot_after(recording, 2).traces.at(0).replayed);
    EXPECT_TRUE(select_traces(snapshot_after(recording, 3)).empty());
}

// Captured in the recording and released, and one of before it that was released in it, which its end no more has.
TEST(StandingThen, HasTheTracesAndIterationsOfThen) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    const auto trace = [&](EventKind kind, uint64_t handle) {
        Event& event = maker.add(kind);
        event.subject = handle, event.place = place;
    };
    maker.begin_iteration();               // 1
    trace(EventKind::kTraceCaptured, 9);   // 2
    maker.alloc(place, Pool::kTrace, 100,  // 3
                {.allocation_class = AllocationClass::kTrace, .holder = 9});
    maker.end_iteration();                // 4
    trace(EventKind::kTraceReleased, 9);  // 5
    Recording recording = maker.finish();
    recording.end.processes[0].iterations_begun = recording.end.processes[0].iterations_ended = 1;
    EXPECT_TRUE(snapshot_after(recording, 1).traces.empty());
    const Snapshot captured = snapshot_after(recording, 3);
    ASSERT_EQ(captured.traces.size(), 1u);
    EXPECT_EQ(captured.allocations.at(0).trace, 1u);
    EXPECT_EQ(captured.processes[0].open_iterations, std::vector<uint32_t>{1});
    EXPECT_EQ(captured.processes[0].iterations_begun, 1u);
    EXPECT_EQ(captured.processes[0].iterations_ended, 0u);
    EXPECT_TRUE(snapshot_after(recording, 4).processes[0].open_iterations.empty());
    EXPECT_TRUE(snapshot_after(recording, 5).traces.empty());
}

TEST(StandingThen, IsThatOfALivingProcessWithItsPlacesOpen) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    maker.alloc(place, Pool::kL1, 100);
    maker.close(place);
    maker.add(EventKind::kProcessEnded);
    maker.recording.end.processes[0].state = ProcessState::kExited;
    const Recording recording = maker.finish();
    const Snapshot then = snapshot_after(recording, 1);
    EXPECT_TRUE(then.places[place].open);
    EXPECT_EQ(then.processes[0].state, ProcessState::kLive);
    EXPECT_FALSE(snapshot_after(recording, 2).places[place].open);
    EXPECT_EQ(snapshot_after(recording, 3).processes[0].state, ProcessState::kExited);
}

TEST(StandingThen, EqualsWhatLivesAtTheEndForManySeeds) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        RandomRecording made(seed);
        std::set<uint64_t> truth;
        for (const TrueBlock& block : made.truth.live) truth.insert(block.handle);
        const Recording recording = made.maker.finish();
        EXPECT_EQ(handles_after(recording, UINT64_MAX), truth) << seed;
    }
}

}  // namespace
}  // namespace ttmem

#include "src/analysis/recording/moment.h"

#include <gtest/gtest.h>

#include "src/analysis/leaks/leaks.h"
#include "src/analysis/snapshot/verdicts.h"
#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

constexpr uint64_t kMiBOfSample = 1024 * 1024;

Snapshot snapshot_at(const Recording& recording, WallTime at) {
    return ttmem::snapshot_at(recording, at, LeakedBlocks(recording));
}

WallTime after(size_t events) { return RecordingMaker::kBegan + static_cast<WallTime>(events) * RecordingMaker::kStep; }

TEST(SnapshotAt, AddsUpWhatWasLiveOnEachChip) {
    const Snapshot s = snapshot_at(sample_recording(), after(5));
    ASSERT_EQ(s.allocations.size(), 3u);
    for (const ChipUse& use : s.processes[0].chips) {
        EXPECT_EQ(use.pool(Pool::kDram).reserved_bytes, (8 * 1024 + 1024 + 1) * kMiBOfSample);
        EXPECT_EQ(use.pool(Pool::kDram).allocations, 3u);
        EXPECT_EQ(use.pool(Pool::kDram).capacity_bytes, 12 * 1024 * kMiBOfSample);
        EXPECT_EQ(use.pool(Pool::kL1).reserved_bytes, 0u);
    }
}

TEST(SnapshotAt, LeavesAbsentWhatOnlyTheEndKnows) {
    const Snapshot s = snapshot_at(sample_recording(), after(5));
    EXPECT_FALSE(s.processes[0].chips[0].pool(Pool::kDram).peak_reserved);
    EXPECT_FALSE(s.processes[0].chips[0].cb.reserved_bytes);
    EXPECT_TRUE(s.chips.empty());
}

TEST(SnapshotAt, CallsNothingLeakedThatIsOfAnIterationUnderWay) {
    for (const size_t events : {5, 12}) {
        const Snapshot s = snapshot_at(sample_recording(), after(events));
        EXPECT_TRUE(leaks_of(s).empty()) << events;
        for (const Allocation& a : s.allocations) EXPECT_NE(verdict_of(s, a), Verdict::kLeaked) << events;
    }
    EXPECT_EQ(leaks_of(snapshot_at(sample_recording(), after(15))).size(), 1u);
}

TEST(SnapshotAt, NamesAProgramThatIsGoneAtTheEnd) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({0xa0});
    const uint32_t name = maker.text("matmul");
    Event& created = maker.add(EventKind::kProgramCreated);
    created.subject = 7;
    created.name = name;
    const uint64_t binary =
        maker.alloc(mesh, Pool::kDram, 4096, {.allocation_class = AllocationClass::kProgram, .holder = 7});
    maker.free(binary);
    maker.add(EventKind::kProgramDestroyed).subject = 7;
    const Snapshot s = snapshot_at(maker.finish(), after(2));
    ASSERT_EQ(s.allocations.size(), 1u);
    ASSERT_NE(s.allocations[0].program, 0u);
    EXPECT_EQ(s.programs[s.allocations[0].program - 1].name, "matmul");
    EXPECT_FALSE(s.allocations[0].holder_ended);
}

TEST(SnapshotAt, LetsAProcessLiveThatEndedLaterAndHaveNoChipsBeforeItBegan) {
    Recording recording = sample_recording();
    recording.end.processes[0].state = ProcessState::kKilled;
    EXPECT_EQ(snapshot_at(recording, after(5)).processes[0].state, ProcessState::kLive);
    const Snapshot before = snapshot_at(recording, RecordingMaker::kBegan - 1);
    EXPECT_FALSE(had_begun(before.processes[0], RecordingMaker::kBegan - 1));
    EXPECT_TRUE(before.processes[0].chips.empty());
}

TEST(SnapshotAt, DoesNotCountIterationsAndFailuresOfLater) {
    Recording recording = sample_recording();
    recording.end.processes[0].iterations_begun = recording.end.processes[0].iterations_ended = 2;
    const Snapshot s = snapshot_at(recording, after(5));
    EXPECT_EQ(s.processes[0].iterations_begun, 1u);
    EXPECT_EQ(s.processes[0].iterations_ended, 0u);
}

TEST(SnapshotAt, IsTheEndAtTheEnd) {
    const Recording recording = sample_recording();
    const Snapshot s = snapshot_at(recording, recording.ended_at);
    ASSERT_EQ(s.allocations.size(), recording.end.allocations.size());
    for (size_t i = 0; i < s.allocations.size(); ++i) {
        EXPECT_EQ(s.allocations[i].handle, recording.end.allocations[i].handle);
        EXPECT_EQ(s.allocations[i].reserved_bytes(), recording.end.allocations[i].reserved_bytes());
    }
}

}  // namespace
}  // namespace ttmem

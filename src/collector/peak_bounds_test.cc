#include "src/collector/collector.h"

#include <gtest/gtest.h>

#include "src/collector/combine.h"
#include "tests/support/collector_scene.h"

namespace ttmem {
namespace {

using ledger::Recorder;
using ledger::TestLedger;

TEST(Collector, BoundsThePeakOfSeveralProcesses) {
    Scene scene;
    FakeLedger& first = scene.process(1, 42, 1000);
    scene.process(2, 43, 700);
    Recorder recorder = first.bytes.recorder(1);
    const uint64_t extra = first.bytes.alloc(recorder, 5, TestLedger::body(9000, 5000));
    first.bytes.free(recorder, extra);
    const PoolUse dram = find_chip(collect(scene.system).chips, 0x11)->pool(Pool::kDram);
    EXPECT_EQ(dram.requested_bytes, 1700u);
    EXPECT_EQ(dram.peak_requested, (Interval{6000, 6700}));
}

// 700 and 400 lived at one time, 1000 before them; a killed one may have lived on.
TEST(Collector, BoundsThePeakOfProcessesOneAfterTheOtherByThoseThatLivedAtOneTime) {
    Snapshot snapshot;
    const auto process = [&](WallTime begun, WallTime last_sign, uint64_t peak, ProcessState state) {
        Process& made = snapshot.processes.emplace_back();
        made.started_at = begun, made.last_sign_at = last_sign, made.state = state;
        ChipUse& use = made.chips.emplace_back();
        use.pool(Pool::kDram).peak_reserved = Interval{peak, peak};
    };
    const auto peak = [&] {
        Coverage coverage;
        return combine_chips(snapshot, Which::kAll, coverage).at(0).pool(Pool::kDram).peak_reserved;
    };
    process(10, 20, 1000, ProcessState::kExited);
    process(30, 50, 700, ProcessState::kExited);
    process(40, 60, 400, ProcessState::kExited);
    EXPECT_EQ(peak(), (Interval{1000, 1100}));
    process(60, 70, 100, ProcessState::kExited);
    EXPECT_EQ(peak(), (Interval{1000, 1100})) << "where one ends and one begins both may be in use";
    snapshot.processes[0].state = ProcessState::kKilled;
    EXPECT_EQ(peak(), (Interval{1000, 2100}));
    snapshot.processes[0].seen_dead_at = 25;
    EXPECT_EQ(peak(), (Interval{1000, 1100})) << "by then it had ended";
    snapshot.processes[0].seen_dead_at = 35;
    EXPECT_EQ(peak(), (Interval{1000, 1700}));
    snapshot.processes[0].seen_dead_at = 0;
    snapshot.processes[0].started_at.reset();
    snapshot.processes[0].state = ProcessState::kLive;
    EXPECT_EQ(peak(), (Interval{1000, 2100}));
    process(65, 0, UINT64_MAX, ProcessState::kExited);
    EXPECT_EQ(peak(), (Interval{UINT64_MAX - 1, UINT64_MAX})) << "where numbers end, it is not exact";
}

// A row of 5,000 allocations of 2^52 bytes had a peak of 2^63 - 2^52, which was called exact.
TEST(Collector, CallsNoPeakExactThatMayHaveStopped) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    const auto peak = [&] { return find_chip(collect(scene.system).chips, 0x10)->pool(Pool::kDram).peak_requested; };
    TestLedger::put(process.bytes.map.sessions[1].rows[0].peak_requested, (1ull << 62) - 1);
    EXPECT_EQ(peak(), (Interval{(1ull << 62) - 1, (1ull << 62) - 1}));
    TestLedger::put(process.bytes.map.sessions[1].rows[0].peak_requested, 1ull << 62);
    EXPECT_EQ(peak(), (Interval{1ull << 62, UINT64_MAX}));
}

TEST(Collector, BoundsThePeakByWhatFoundNoRoomInTheLedger) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    ledger::RowUntracked& untracked = process.bytes.map.sessions[1].untracked_now[0];
    TestLedger::put(untracked.most_requested, 700);
    TestLedger::put(untracked.most_reserved, 768);
    const PoolUse use = find_chip(collect(scene.system).chips, 0x10)->pool(Pool::kDram);
    ASSERT_TRUE(use.peak_requested && use.peak_reserved);
    EXPECT_EQ(use.peak_requested, (Interval{1000, 1700}));
    EXPECT_EQ(use.peak_reserved->high - use.peak_reserved->low, 768u);
}

TEST(Collector, BoundsThePeakWhereSessionsOverlapAndKeepsPastPeaks) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    process.bytes.open(2, 1, 1, 0);
    Recorder recorder = process.bytes.recorder(1);
    const uint64_t block = process.bytes.alloc(recorder, 2, TestLedger::body(0, 300, 2));
    process.bytes.free(recorder, block);
    EXPECT_EQ(find_chip(collect(scene.system).chips, 0x10)->pool(Pool::kDram).peak_requested, (Interval{1000, 1300}));
    TestLedger::put(process.bytes.map.chips[0].past_peaks[0].requested_low, 4000);
    TestLedger::put(process.bytes.map.chips[0].past_peaks[0].requested_high, 4500);
    EXPECT_EQ(find_chip(collect(scene.system).chips, 0x10)->pool(Pool::kDram).peak_requested, (Interval{4000, 4500}));
    EXPECT_EQ(find_chip(collect(scene.system).chips, 0x11)->pool(Pool::kDram).peak_requested, (Interval{1000, 1000}));
}

TEST(Collector, TakesFiguresOfNowForBoundsWhenNobodyKnowsWhereUntrackedAllocationsAre) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    ledger::LiveHeader& live = process.bytes.map.header->live;
    TestLedger::put(live.untracked_allocations, 3);
    TestLedger::put(live.untracked_now_allocations, 2);
    TestLedger::put(live.untracked_now_bytes, 2048);
    const Snapshot snapshot = collect(scene.system);
    EXPECT_TRUE(has_note(snapshot.coverage, "3 allocations not recorded, at most 2 may be live (2.00 KiB per chip)"));
    EXPECT_EQ(snapshot.coverage.untracked_now_allocations, 2u);
    for (const ChipUse& chip : snapshot.chips) EXPECT_TRUE(chip.pool(Pool::kL1).is_bound);
}

}  // namespace
}  // namespace ttmem

// Which ledgers the collector reads, and what it says of those that it cannot.
#include <gtest/gtest.h>

#include "src/collector/collector.h"
#include "tests/support/collector_scene.h"

namespace ttmem {
namespace {

using ledger::TestLedger;

TEST(Collector, GoesOnWhenOneLedgerIsBroken) {
    Scene scene;
    scene.process(1, 42, 1000);
    FakeLedger& broken = scene.process(2, 43, 700);
    broken.bytes.map.header->fixed.total_bytes += 1;
    FakeLedger& newer = scene.process(3, 44, 700);
    newer.bytes.map.header->fixed.incompat = 8;
    newer.bytes.reseal();
    FakeLedger& late = scene.process(4, 45, 700);
    TestLedger::put(late.bytes.map.header->live.rings_used, 1'000'000);
    scene.system.directory("/d").refused["x"] = "it is a symbolic link";
    Collector collector(scene.system);
    collector.refresh();
    const Snapshot snapshot = collector.collect();
    EXPECT_EQ(snapshot.processes.size(), 1u);
    EXPECT_FALSE(snapshot.coverage.complete);
    ASSERT_EQ(collector.refused().size(), 4u);
    EXPECT_EQ(std::count_if(collector.refused().begin(), collector.refused().end(),
                            [](const RefusedLedger& refused) { return refused.newer; }),
              1);
    EXPECT_TRUE(has_note(snapshot.coverage, "symbolic link"));
    collector.refresh();
    EXPECT_EQ(collector.collect().processes.size(), 1u);
    EXPECT_EQ(collector.refused().size(), 4u) << "said once";
    // One run is not incomplete because of somebody else's broken ledger.
    EXPECT_TRUE(collect(scene.system, {.pid = 42}).coverage.complete);
    EXPECT_FALSE(collect(scene.system, {.pid = 45}).coverage.complete);
}

TEST(Collector, NamesTheFirstOfManyLedgersThatItCannotReadAndCountsTheRest) {
    Scene scene;
    for (int i = 0; i < 20; ++i) scene.system.directory("/d").refused[std::to_string(i)] = "too short";
    const Snapshot snapshot = collect(scene.system);
    EXPECT_EQ(snapshot.coverage.notes.size(), 17u);
    EXPECT_TRUE(has_note(snapshot.coverage, "4 more ledgers of user 1000 were not read"));
}

TEST(Collector, SaysWhichDirectoriesItMayNotRead) {
    Scene scene;
    scene.process(1, 42, 1000, 9);
    scene.system.unreadable = {{"/run/ttmem/0", "Permission denied", true}};
    EXPECT_FALSE(collect(scene.system).coverage.complete);
    const Snapshot run = collect(scene.system, {.run = static_cast<unsigned __int128>(9)});
    EXPECT_EQ(run.processes.size(), 1u);
    EXPECT_TRUE(run.coverage.complete) << "of one's own run nothing is missing";
}

TEST(Collector, ReadsEveryProcessOfARunAndClosesThoseThatEnded) {
    Scene scene;
    for (uint8_t i = 1; i <= 200; ++i) scene.process(i, 1000 + i, 10, 9).lives = i > 150;
    Collector collector(scene.system, {.run = static_cast<unsigned __int128>(9)}, {.ledgers_per_user = 3});
    collector.refresh();
    EXPECT_EQ(collector.ledgers().size(), 50u) << "what ended needs no descriptor";
    Snapshot run = collector.collect();
    EXPECT_EQ(run.processes.size(), 200u);
    EXPECT_TRUE(run.coverage.complete);
    scene.system.directory("/d").ledgers.clear();
    collector.refresh();
    run = collector.collect();
    EXPECT_EQ(run.processes.size(), 200u) << "what was read stays, although the files are gone";
    EXPECT_TRUE(run.coverage.complete);
}

TEST(Collector, CallsARunIncompleteWhenOneOfItsLedgersCannotBeRead) {
    Scene scene;
    scene.system.me = 1000;
    scene.process(1, 42, 1000, 9);
    scene.system.directory("/d").refused["x"] = "it cannot be opened: Permission denied";
    EXPECT_FALSE(collect(scene.system, {.run = static_cast<unsigned __int128>(9)}).coverage.complete);
    scene.system.me = 1;
    EXPECT_TRUE(collect(scene.system, {.run = static_cast<unsigned __int128>(9)}).coverage.complete)
        << "another user's is none of this run";
}

// `explain ADDRESS --pid N` ended with what was missing of others.
TEST(Collector, OfOneProcessItSaysNothingAboutOthers) {
    Scene scene;
    scene.system.me = 1000;
    scene.process(1, 42, 1000, 9);
    scene.system.directory("/d").refused["x"] = "it is a symbolic link";
    EXPECT_EQ(collect(scene.system, {.pid = 42}).coverage.notes.size(), 1u) << "it may be one of ours";
    scene.system.me = 1;
    EXPECT_EQ(collect(scene.system, {}).coverage.notes.size(), 1u);
    const Coverage own = collect(scene.system, {.pid = 42}).coverage;
    EXPECT_TRUE(own.complete);
    EXPECT_TRUE(own.notes.empty()) << own.notes[0];
    EXPECT_FALSE(collect(scene.system, {.pid = 43}).coverage.complete) << "it may be the one that was asked for";
}

TEST(Collector, FindsNothingForTheRunWithoutAnId) {
    Scene scene;
    scene.process(1, 42, 1000, 0);
    EXPECT_TRUE(collect(scene.system, {.run = static_cast<unsigned __int128>(0)}).processes.empty());
}

TEST(Collector, TakesOfAPidTheLivingProcessElseTheOneThatBeganLast) {
    Scene scene;
    for (uint8_t i = 1; i <= 3; ++i) {
        FakeLedger& ledger = scene.process(i, 42, 1000, 9);
        ledger.bytes.map.header->fixed.start_ticks = 100u - i;
        ledger.bytes.map.header->fixed.comm[0] = static_cast<char>('0' + i);
        ledger.bytes.reseal();
        ledger.lives = i == 2;
    }
    Snapshot snapshot = collect(scene.system, {.pid = 42});
    ASSERT_EQ(snapshot.processes.size(), 1u);
    EXPECT_EQ(snapshot.processes[0].comm[0], '2');
    EXPECT_TRUE(has_note(snapshot.coverage,
                         "pid 42 was also that of 2 earlier processes, not shown: --all-incarnations shows all"));
    for (const auto& [name, ledger] : scene.system.directory("/d").ledgers) ledger->lives = false;
    snapshot = collect(scene.system, {.pid = 42});
    ASSERT_EQ(snapshot.processes.size(), 1u);
    EXPECT_EQ(snapshot.processes[0].comm[0], '1') << "it has the latest start";
    EXPECT_EQ(collect(scene.system, {.pid = 42, .all_incarnations = true}).processes.size(), 3u);
}

TEST(Collector, FollowsOneRunAndReadsItAgainWhenItsNameIsGone) {
    Scene scene;
    scene.process(1, 42, 1000, 9);
    scene.process(2, 43, 700, 8);
    Collector collector(scene.system, {.run = static_cast<unsigned __int128>(9)});
    collector.refresh();
    ASSERT_EQ(collector.ledgers().size(), 1u);
    EXPECT_TRUE(collector.any_live());
    EXPECT_EQ(collector.collect().processes.at(0).pid, 42u);
    EXPECT_TRUE(collector.collect().processes[0].pid_verified);
    FakeLedger& late = scene.process(3, 44, 50, 9);
    collector.refresh();
    EXPECT_EQ(collector.ledgers().size(), 2u);
    late.lives = false;
    scene.system.directory("/d").ledgers.begin()->second->lives = false;
    scene.system.directory("/d").ledgers.clear();
    collector.refresh();
    EXPECT_FALSE(collector.any_live());
    const Snapshot snapshot = collector.collect();
    ASSERT_EQ(snapshot.processes.size(), 2u);
    EXPECT_EQ(snapshot.processes[0].state, ProcessState::kKilled);
    EXPECT_TRUE(snapshot.processes[0].pid_verified) << "it was, while it lived";
    EXPECT_TRUE(snapshot.chips.empty());
    EXPECT_EQ(snapshot.allocations.size(), 2u);
}

}  // namespace
}  // namespace ttmem

#include "src/collector/gc.h"

#include <gtest/gtest.h>

#include "tests/support/fake_system.h"

namespace ttmem {
namespace {

using ledger::TestLedger;
constexpr int64_t kMinute = 60'000'000'000;
constexpr int64_t kDay = 24 * 60 * kMinute;

struct GcScene {
    FakeSystem system;
    GcRule rule{.uid = 1000};

    // A ledger whose writer was seen dead so long ago; 0: it lives.
    FakeLedger& add(uint8_t id, int64_t dead_for) {
        FakeLedger& ledger = system.add("/d", id, id);
        ledger.lives = dead_for == 0;
        ledger.facts.modified_at = (system.time - dead_for) / 1'000'000'000 * 1'000'000'000 + kSeenDeadNanoseconds;
        return ledger;
    }
    size_t left() { return system.directory("/d").ledgers.size(); }
};

TEST(Gc, KeepsWhatIsWithinTheRule) {
    GcScene scene;
    for (uint8_t i = 1; i <= 20; ++i) scene.add(i, 20 * kMinute);
    const GcResult result = collect_garbage(scene.system, scene.rule);
    EXPECT_TRUE(result.removed.empty());
    EXPECT_EQ(result.kept_dead, 20u);
}

TEST(Gc, RemovesTheOldestBeyondTheNumber) {
    GcScene scene;
    scene.rule.keep_ledgers = 3;
    for (uint8_t i = 1; i <= 6; ++i) scene.add(i, (20 + i) * kMinute);
    const GcResult result = collect_garbage(scene.system, scene.rule);
    ASSERT_EQ(result.removed.size(), 3u);
    EXPECT_EQ(result.removed[0].pid, 6u);
    EXPECT_EQ(result.removed[2].pid, 4u);
    EXPECT_EQ(scene.left(), 3u);
    EXPECT_EQ(result.kept_dead, 3u);
}

// Killed ones have the time at which they were found dead: often the same.
TEST(Gc, OfThoseFoundDeadAtOnceRemovesTheOneThatWroteFirst) {
    GcScene scene;
    scene.rule.keep_ledgers = 2;
    for (uint8_t i = 1; i <= 5; ++i) {
        FakeLedger& killed = scene.add(i, kDay);
        const auto began =
            static_cast<uint64_t>(scene.system.time - (i * 7 % 5 + 1) * kDay);  // not in their names' order
        TestLedger::put(killed.bytes.map.header->live.first_wall_ns, began);
        TestLedger::put(killed.bytes.map.header->live.latest_wall_ns, began + 1);
    }
    const GcResult result = collect_garbage(scene.system, scene.rule);
    ASSERT_EQ(result.removed.size(), 3u);
    EXPECT_EQ(result.removed[0].pid, 2u);
    EXPECT_EQ(result.removed[1].pid, 4u);
    EXPECT_EQ(result.removed[2].pid, 1u);
}

TEST(Gc, RemovesTheOldAndSparesTheYoung) {
    GcScene scene;
    scene.rule.keep_ledgers = 0;
    scene.add(1, 8 * kDay);
    scene.add(2, 5 * kMinute);
    scene.add(3, 11 * kMinute);
    EXPECT_EQ(collect_garbage(scene.system, scene.rule).removed.size(), 2u);
    scene.rule.keep_bytes = 0;
    GcResult result = collect_garbage(scene.system, scene.rule);
    EXPECT_TRUE(result.removed.empty()) << "whatever it takes";
    EXPECT_EQ(result.kept_young, 1u);
    scene.rule.all = true;
    EXPECT_TRUE(collect_garbage(scene.system, scene.rule).removed.empty());
    scene.rule.force = true;
    EXPECT_EQ(collect_garbage(scene.system, scene.rule).removed.size(), 1u);
}

TEST(Gc, NeverTouchesALivingProcessOrAnotherUser) {
    GcScene scene;
    scene.rule.all = true;
    scene.add(1, 0);
    scene.add(2, kDay);
    scene.system.directory("/other").owner = 1001;
    scene.system.add("/other", 3, 3).lives = false;
    const GcResult result = collect_garbage(scene.system, scene.rule);
    EXPECT_EQ(result.live, 1u);
    ASSERT_EQ(result.removed.size(), 1u);
    EXPECT_EQ(result.removed[0].pid, 2u);
    EXPECT_EQ(scene.system.directory("/other").ledgers.size(), 1u);
}

TEST(Gc, KeepsToTheDirectoryThatWasNamed) {
    GcScene scene;
    scene.rule.all = true;
    scene.add(1, kDay);
    scene.system.directory("/e").owner = 1000;
    scene.system.add("/e", 2, 2).lives = false;
    scene.rule.directory = "/d";
    EXPECT_EQ(collect_garbage(scene.system, scene.rule).removed.size(), 1u);
    EXPECT_EQ(scene.system.directory("/e").ledgers.size(), 1u);
}

TEST(Gc, RemovesOnlyWhatWasConfirmed) {
    GcScene scene;
    scene.rule.all = scene.rule.dry_run = true;
    scene.add(1, kDay);
    const GcResult shown = collect_garbage(scene.system, scene.rule);
    ASSERT_EQ(shown.removed.size(), 1u);
    scene.add(2, kDay);
    scene.rule.dry_run = false;
    scene.rule.named = {shown.removed[0].path};
    const GcResult result = collect_garbage(scene.system, scene.rule);
    ASSERT_EQ(result.removed.size(), 1u);
    EXPECT_EQ(result.removed[0].pid, 1u);
    EXPECT_EQ(scene.left(), 1u);
}

TEST(Gc, TellsWhatItWouldDoAndDoesNothing) {
    GcScene scene;
    scene.rule.all = scene.rule.dry_run = true;
    scene.add(1, kDay);
    EXPECT_EQ(collect_garbage(scene.system, scene.rule).removed.size(), 1u);
    EXPECT_EQ(scene.left(), 1u);
}

TEST(Gc, CountsAKilledProcessAsDeadFromItsFirstLookOn) {
    GcScene scene;
    scene.rule.keep_ledgers = 0;
    FakeLedger& killed = scene.add(1, kDay);
    killed.facts.modified_at = scene.system.time - kDay + 12345;  // nobody has marked it yet
    EXPECT_TRUE(collect_garbage(scene.system, scene.rule).removed.empty());
    EXPECT_EQ(killed.facts.modified_at % 1'000'000'000, kSeenDeadNanoseconds);
    scene.system.time += 11 * kMinute;
    EXPECT_EQ(collect_garbage(scene.system, scene.rule).removed.size(), 1u);
}

TEST(Gc, BelievesAProcessThatSaidWhenItEnded) {
    GcScene scene;
    scene.rule.keep_ledgers = 0;
    FakeLedger& ended = scene.add(1, kDay);
    ended.facts.modified_at = scene.system.time - kDay + 12345;
    TestLedger::put(ended.bytes.map.header->live.state, static_cast<uint64_t>(ledger::LedgerState::kClosed));
    TestLedger::put(ended.bytes.map.header->live.latest_wall_ns,
                    static_cast<uint64_t>(scene.system.time - 20 * kMinute));
    TestLedger::put(ended.bytes.map.header->live.first_wall_ns,
                    static_cast<uint64_t>(scene.system.time - 30 * kMinute));
    EXPECT_EQ(collect_garbage(scene.system, scene.rule).removed.size(), 1u);
}

TEST(Gc, LeavesWhatIsNoLedgerUnlessEverythingIsToGo) {
    GcScene scene;
    scene.rule.keep_ledgers = 0;
    scene.add(1, 8 * kDay).bytes.memory()[0] ^= 1;
    EXPECT_TRUE(collect_garbage(scene.system, scene.rule).removed.empty());
    scene.rule.all = true;
    EXPECT_EQ(collect_garbage(scene.system, scene.rule).removed.size(), 1u);
}

TEST(Gc, WhatCannotBeReadAsALedgerMakesItsAnswerIncomplete) {
    GcScene scene;
    scene.add(1, kDay);
    GcResult result = collect_garbage(scene.system, scene.rule);
    EXPECT_TRUE(result.coverage.complete);
    EXPECT_EQ(result.kept_unreadable, 0u);
    for (uint8_t i = 2; i <= 21; ++i) scene.add(i, kDay).bytes.memory()[0] ^= 1;
    result = collect_garbage(scene.system, scene.rule);
    EXPECT_FALSE(result.coverage.complete);
    EXPECT_TRUE(result.coverage.unread);
    EXPECT_EQ(result.kept_unreadable, 20u);
    EXPECT_EQ(result.kept_dead, 21u);
    ASSERT_EQ(result.coverage.notes.size(), 17u);
    EXPECT_TRUE(result.coverage.notes.front().starts_with("the ledger /d/")) << result.coverage.notes.front();
    EXPECT_EQ(result.coverage.notes.back(), "4 more files cannot be read as a ledger");
    scene.rule.all = true;
    result = collect_garbage(scene.system, scene.rule);
    EXPECT_FALSE(result.coverage.complete) << "they are gone, and whose they were is not known";
    EXPECT_EQ(result.kept_unreadable, 0u);
    EXPECT_EQ(result.removed.size(), 21u);
    EXPECT_TRUE(collect_garbage(scene.system, scene.rule).coverage.complete);
}

}  // namespace
}  // namespace ttmem

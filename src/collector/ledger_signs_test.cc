#include "src/collector/ledger_signs.h"

#include <gtest/gtest.h>

#include <functional>

#include "src/collector/collector.h"
#include "tests/support/collector_scene.h"

namespace ttmem {
namespace {

using ledger::LiveHeader;
using ledger::Recorder;
using ledger::TestLedger;

// A process on two chips that holds a block, in a ledger as clients write them.
struct Watched {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    LiveHeader& live = process.bytes.map.header->live;

    Watched() { TestLedger::put(live.sessions_used, 2); }
    ledger::Regions regions() const {
        ledger::Regions regions;
        EXPECT_TRUE(ledger::validate(process.bytes.map.header->fixed, process.bytes.bytes(), regions).ok());
        return regions;
    }
};

bool is_as_before(LedgerSigns& signs, const Watched& watched) {
    return signs.are_as_before(watched.process.bytes.source(), watched.regions());
}

TEST(LedgerSigns, AreAsBeforeUntilItsProcessDoesAnything) {
    Watched watched;
    TestLedger& bytes = watched.process.bytes;
    Recorder recorder = bytes.recorder(1);
    uint64_t handle = 0;
    const std::pair<const char*, std::function<void()>> deeds[] = {
        {"it allocates", [&] { handle = bytes.alloc(recorder, 5, TestLedger::body(8192, 500)); }},
        {"it frees what it allocated", [&] { bytes.free(recorder, handle); }},
        {"it interns a text", [&] { bytes.add_text("a new operation"); }},
        {"it begins an iteration", [&] { TestLedger::put(watched.live.iterations_begun, 1); }},
        {"it registers a chip", [&] { bytes.set_chip(2, 0x12, 2); }},
        {"it closes its mesh", [&] { bytes.close(1); }},
        {"it dispatches", [&] { TestLedger::put(watched.live.tickets, 1); }},
        {"an allocation finds no room", [&] { TestLedger::put(watched.live.untracked_allocations, 1); }}};
    LedgerSigns signs;
    EXPECT_FALSE(is_as_before(signs, watched)) << "nothing is known yet";
    for (const auto& [what, does] : deeds) {
        EXPECT_TRUE(is_as_before(signs, watched)) << "before " << what;
        does();
        EXPECT_FALSE(is_as_before(signs, watched)) << what;
    }
}

TEST(LedgerSigns, AreNeverAsBeforeWhereSomethingMayGoUnseen) {
    Watched watched;
    LedgerSigns signs;
    TestLedger::put(watched.live.sessions_used, 0);
    for (int look = 0; look < 3; ++look) EXPECT_FALSE(is_as_before(signs, watched)) << "it does not say which sessions";
    TestLedger::put(watched.live.sessions_used, 2);
    watched.process.bytes.recorder(3);  // the last ring: other threads have none
    for (int look = 0; look < 3; ++look) EXPECT_FALSE(is_as_before(signs, watched)) << "all rings are in use";
}

TEST(LedgerSigns, OfAFileThatBecameShorterAreNotKnown) {
    Watched watched;
    LedgerSigns signs;
    is_as_before(signs, watched);
    const ledger::MemorySource cut(watched.process.bytes.memory(), 2048);
    EXPECT_FALSE(signs.are_as_before(cut, watched.regions()));
    const ledger::MemorySource none(watched.process.bytes.memory(), 8);
    EXPECT_FALSE(signs.are_as_before(none, watched.regions()));
}

// Whoever looks again and again sees what one who looks for the first time does.
TEST(Collector, LooksAgainAtWhatHasChangedAndKeepsTheRest) {
    Watched watched;
    TestLedger& bytes = watched.process.bytes;
    Recorder recorder = bytes.recorder(1);
    Collector collector(watched.scene.system, {});
    const auto reserved = [](const Snapshot& snapshot) {
        return find_chip(snapshot.chips, 0x10)->pool(Pool::kDram).reserved_bytes;
    };
    const auto look = [&] {
        collector.refresh();
        const Snapshot seen = collector.collect({.allocations = false});
        const Snapshot fresh = collect(watched.scene.system, {}, {.allocations = false});
        EXPECT_EQ(seen.processes.size(), 1u);
        EXPECT_EQ(reserved(seen), reserved(fresh));
        EXPECT_EQ(seen.processes.at(0).command_line, fresh.processes.at(0).command_line);
        EXPECT_EQ(seen.places.size(), fresh.places.size());
        return reserved(seen);
    };
    const auto first = look();
    EXPECT_EQ(look(), first);
    EXPECT_EQ(look(), first) << "nothing has happened";
    const uint64_t handle = bytes.alloc(recorder, 5, TestLedger::body(8192, 5000));
    const auto more = look();
    EXPECT_GT(more, first);
    EXPECT_EQ(look(), more);
    EXPECT_EQ(look(), more);
    bytes.free(recorder, handle);
    EXPECT_EQ(look(), first);
    EXPECT_EQ(look(), first);
    watched.process.lives = false;
    collector.refresh();
    const Snapshot ended = collector.collect({.allocations = false});
    EXPECT_EQ(ended.processes.at(0).state, ProcessState::kKilled);
    EXPECT_EQ(ended.processes[0].held_allocations, 1u);
}

}  // namespace
}  // namespace ttmem

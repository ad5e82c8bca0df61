// Of processes without history, and of ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "src/model/call_stack.h"
#include "tests/support/followed.h"
#include "tests/support/notes.h"

namespace ttmem {
namespace {

TEST(Follower, KeepsWhatAProcessHeldAtItsEndAndSaysThatItEnded) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    scene.process.bytes.alloc(scene.first, 1, scene.body(500, 9'000));
    scene.process.lives = false;
    EXPECT_EQ(follower.drain().events.size(), 1u);
    scene.system.directory("/d").ledgers.clear();
    const std::vector<Event> events = follower.finish().events;
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, EventKind::kProcessEnded);
    const Snapshot state = follower.state();
    ASSERT_EQ(state.processes.size(), 1u);
    EXPECT_EQ(state.processes[0].state, ProcessState::kKilled);
    EXPECT_EQ(state.processes[0].held_bytes, 500u);
    EXPECT_EQ(state.allocations.size(), 1u);
    EXPECT_TRUE(state.chips.empty()) << "nothing of a dead process is in use";
}

// It may have ended at any moment since its last event: what it held counts until it was found ended.
TEST(Follower, AKilledProcessEndedByTheFirstLookThatFoundItSo) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    scene.process.bytes.alloc(scene.first, 1, scene.body(500, 9'000));
    scene.system.time += 30'000'000'000;
    const WallTime allocated_at = follower.drain().events.at(0).at;
    scene.process.lives = false;
    scene.system.time += 1'000'000'000;
    const std::vector<Event> events = follower.finish().events;
    ASSERT_EQ(of_kind(events, EventKind::kProcessEnded).size(), 1u);
    EXPECT_EQ(events.back().at, scene.system.time - scene.system.time % 1'000);
    EXPECT_GT(events.back().at, allocated_at + 30'000'000'000);
    EXPECT_EQ(follower.state().processes.at(0).seen_dead_at, scene.system.time);
}

// `check --pid` added up all processes that ever had the pid.
TEST(Follower, TakesOfAPidTheProcessThatLivesAndWhoeverHasItLater) {
    Followed scene;
    for (uint8_t id = 2; id <= 3; ++id) scene.system.add("/d", id, 42, 9).lives = false;
    Follower follower(scene.system, {.pid = 42});
    follower.drain();
    EXPECT_EQ(follower.state().processes.size(), 1u);
    EXPECT_TRUE(has_note(follower.state().coverage,
                         "pid 42 was also that of 2 earlier processes, not shown: --all-incarnations shows all"));
    scene.process.lives = false;
    scene.system.add("/d", 4, 42, 9);
    follower.finish();
    EXPECT_EQ(follower.state().processes.size(), 2u) << "it came while the pid was followed";
    EXPECT_EQ(live_recording(scene.system, {.pid = 42, .all_incarnations = true}).end.processes.size(), 4u);
}

TEST(Follower, NobodyKnowsWhenAProcessEndedThatWasReadOnlyLater) {
    Followed scene;
    scene.process.bytes.alloc(scene.first, 1, scene.body(500, 9'000));
    scene.process.lives = false;
    const Recording recording = live_recording(scene.system, {.dead = true});
    ASSERT_EQ(recording.end.processes.size(), 1u);
    EXPECT_EQ(recording.end.processes[0].seen_dead_at, 0);
    EXPECT_FALSE(held_until(recording.end.processes[0]));
}

TEST(Follower, SamplesAProcessWithoutHistoryAndSaysSo) {
    Followed scene;
    TestLedger::put(scene.process.bytes.map.header->live.level, 1);
    scene.first = scene.process.bytes.recorder(0, false);
    Follower follower(scene.system, {});
    Live live;
    const Follower::Batch first = follower.drain();
    replay(first, live);
    ASSERT_EQ(first.gaps.size(), 1u) << "also where nothing is different at any look: it may have come and gone";
    EXPECT_TRUE(first.gaps[0].sampled);
    EXPECT_EQ(first.gaps[0].to, 0);
    EXPECT_NE(first.gaps[0].why.find("TTMEM_LEVEL"), std::string::npos);
    scene.process.bytes.alloc(scene.first, 1, scene.body(500, 9'000));
    scene.system.time += 1'000'000'000;
    const Follower::Batch batch = follower.finish();
    replay(batch, live);
    EXPECT_EQ(live, live_in(follower.state()));
    EXPECT_TRUE(batch.gaps.empty()) << "it is said once";
}

// A block that was freed before another one began was told to have lived beside it: a peak of twice what was ever in
// use.
TEST(Follower, OfAProcessWithoutHistoryWhatEndedByALookEndsBeforeWhatHasBegun) {
    Followed scene;
    TestLedger::put(scene.process.bytes.map.header->live.level, 1);
    scene.first = scene.process.bytes.recorder(0, false);
    const uint64_t before = scene.process.bytes.alloc(scene.first, 1, scene.body(500, 2'000));
    Follower follower(scene.system, {});
    follower.drain();
    scene.process.bytes.free(scene.first, before);
    scene.process.bytes.alloc(scene.first, 2, scene.body(700, 9'000));
    scene.system.time += 1'000'000'000;
    const std::vector<Event> events = follower.finish().events;
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].kind, EventKind::kFreed);
    EXPECT_EQ(events[1].requested_bytes, 700u);
}

std::vector<Event> all_events(const Recording& recording) {
    std::vector<Event> all;
    recording.source->rewind();
    for (std::vector<Event> block; recording.source->next(block);) all.insert(all.end(), block.begin(), block.end());
    return all;
}

// Beside a process with history it is not told as holding all the time what it holds now.
TEST(LiveRecording, TellsWhatAProcessWithoutHistoryHoldsFromItsAllocationsOn) {
    Followed scene;
    const uint64_t freed = scene.process.bytes.alloc(scene.first, 1, scene.body(1000, 5'000));
    scene.process.bytes.free(scene.first, freed);
    FakeLedger& other = scene.system.add("/d", 2, 43, 9, Followed::geometry(16));
    TestLedger::put(other.bytes.map.header->live.level, 1);
    other.bytes.set_chip(0, 0x10, 0);
    other.bytes.open(1, 1, 2, 7, other.bytes.add_text("mesh"));
    ledger::Recorder silent = other.bytes.recorder(0, false);
    const uint64_t gone = other.bytes.alloc(silent, 1, scene.body(300, 2'000));
    other.bytes.free(silent, gone);
    const uint64_t held = other.bytes.alloc(silent, 2, scene.body(500, 9'000));

    const Recording recording = live_recording(scene.system, {});
    EXPECT_TRUE(recording.live_before.empty());
    std::vector<Event> allocated = of_kind(all_events(recording), EventKind::kAllocated);
    ASSERT_EQ(allocated.size(), 2u);
    EXPECT_EQ(allocated[0].requested_bytes, 1000u);
    EXPECT_EQ(allocated[1].subject, held);
    const auto own = std::ranges::find(recording.end.allocations, held, &Allocation::handle);
    ASSERT_NE(own, recording.end.allocations.end());
    EXPECT_EQ(allocated[1].at, own->since);
    ASSERT_EQ(recording.gaps.size(), 1u);
    EXPECT_EQ(recording.gaps[0].process.value, allocated[1].process);
    EXPECT_TRUE(recording.gaps[0].sampled);
    EXPECT_EQ(recording.began_at, recording.zero_at) << "the axis begins with the first process, as for any other";
}

TEST(Follower, TellsNoTwoEventsAtOneTime) {
    Followed scene;
    Follower follower(scene.system, {}, {.past = true});
    for (uint32_t i = 0; i < 4; ++i) {
        scene.process.bytes.free(scene.first, scene.process.bytes.alloc(scene.first, 1, scene.body(9, 5'000)));
        scene.process.bytes.alloc(scene.second, 2 + i, scene.body(9, 5'000));
    }
    const std::vector<Event> events = follower.finish().events;
    ASSERT_EQ(events.size(), 12u);
    for (size_t i = 1; i < events.size(); ++i) EXPECT_LT(events[i - 1].at, events[i].at) << i;
}

// What came and went between two looks is not told; whatever is live in between was so at one of them.
TEST(Follower, LooksNowAndThenIfThatIsAsked) {
    Followed scene;
    const uint64_t old = scene.process.bytes.alloc(scene.first, 1, scene.body(1000, 5'000));
    constexpr WallTime kEvery = 10'000'000'000;
    Follower follower(scene.system, {}, {.every = kEvery});
    Live live;
    const auto look = [&](WallTime later) {
        scene.system.time += later;
        const Follower::Batch batch = follower.drain();
        replay(batch, live);
        return batch;
    };
    const Follower::Batch begin = look(0);
    ASSERT_EQ(begin.gaps.size(), 1u);
    EXPECT_TRUE(begin.gaps[0].sampled);
    EXPECT_EQ(begin.gaps[0].why.find("it was looked at every 10 s"), 0u) << begin.gaps[0].why;
    scene.process.bytes.free(scene.first, old);
    const uint64_t made = scene.process.bytes.alloc(scene.first, 2, scene.body(700, 6'000));
    for (uint32_t i = 0; i < 100; ++i)
        scene.process.bytes.free(scene.first, scene.process.bytes.alloc(scene.first, 3, scene.body(9, 7'000)));
    EXPECT_TRUE(look(kEvery / 2).events.empty()) << "it is not yet time";
    look(kEvery);
    std::vector<Event> events = look(kEvery).events;
    scene.process.bytes.close(1);
    const Follower::Batch end = follower.finish();
    events.insert(events.end(), end.events.begin(), end.events.end());
    replay(end, live);
    std::vector<EventKind> kinds;
    for (const Event& event : events) kinds.push_back(event.kind);
    EXPECT_EQ(kinds, (std::vector{EventKind::kFreed, EventKind::kAllocated, EventKind::kPlaceClosed}));
    EXPECT_EQ(live, (Live{{{0, made}, 700}}));
    EXPECT_TRUE(end.gaps.empty());
}

TEST(Follower, SaysWhenTheLevelHadBeenTooLowForHistory) {
    for (const bool past : {true, false}) {
        Followed scene;
        TestLedger& bytes = scene.process.bytes;
        Follower follower(scene.system, {}, {.past = past});
        std::vector<HistoryGap> gaps;
        const auto drain = [&] {
            for (HistoryGap& gap : follower.drain().gaps) gaps.push_back(std::move(gap));
        };
        const auto set_level = [&](uint64_t level, uint64_t clock) {
            ledger::record_event<ledger::RealStore>(scene.first, level,
                                                    Body{0, 0, 0, 0, 0, ledger::pack_time(clock, 0, Op::kLevel)});
        };
        if (!past) drain();
        bytes.alloc(scene.first, 1, scene.body(500, 1'100));
        set_level(2, 1'200);  // said again, it ends nothing
        drain();
        EXPECT_TRUE(gaps.empty());
        set_level(1, 13'000);
        set_level(2, 19'000);
        bytes.alloc(scene.first, 2, scene.body(500, 20'000));
        drain();
        ASSERT_EQ(gaps.size(), 1u) << "past: " << past;
        EXPECT_LT(gaps[0].from, gaps[0].to);
        EXPECT_NE(gaps[0].why.find("TTMEM_LEVEL"), std::string::npos);
        set_level(1, 21'000);
        TestLedger::put(bytes.map.header->live.level, 1);
        scene.system.time += 1'000'000'000;
        drain();
        EXPECT_EQ(gaps.size(), 2u) << "past: " << past;
    }
}

// Whoever takes this history to begin with its process would miss a peak that the process counted before.
TEST(Follower, SaysThatAHistoryBeganWithARaisedLevel) {
    Followed scene;
    TestLedger& bytes = scene.process.bytes;
    ledger::record_event<ledger::RealStore>(scene.first, 2,
                                            Body{0, 0, 0, 0, 0, ledger::pack_time(9'000, 0, Op::kLevel)});
    bytes.alloc(scene.first, 1, scene.body(500, 9'100));
    const Recording recording = live_recording(scene.system, {});
    ASSERT_EQ(recording.gaps.size(), 1u);
    EXPECT_EQ(recording.gaps[0].to, recording.began_at);
}

// What a close released and was forgotten later is no gap: its events told how it came and that it was released.
TEST(Follower, MissesNothingOfWhatIsForgottenToMakeRoom) {
    for (const bool is_opened_again : {false, true}) {
        Followed scene;
        Follower follower(scene.system, {});
        follower.drain(true);
        std::vector<uint64_t> handles;
        for (uint32_t slot = 1; slot <= 10; ++slot)
            handles.push_back(scene.process.bytes.alloc(scene.first, slot, scene.body(9, 1'500)));
        follower.drain(true);
        scene.process.bytes.close(1);
        if (!is_opened_again) follower.drain(true);
        for (const uint64_t handle : handles) scene.process.bytes.forget(handle);
        if (is_opened_again) scene.process.bytes.open(1, 1, 2, 7, 0, 3'000);
        scene.system.time += 1'000'000'000;
        const Follower::Batch batch = follower.drain(true);
        EXPECT_TRUE(batch.gaps.empty()) << batch.gaps.front().why;
        EXPECT_TRUE(of_kind(batch.events, EventKind::kFreed).empty()) << "it was released before";
    }
}

// What rings have overwritten since it was read is not lost; what had no ring is.
TEST(Follower, CountsAsLostWhatNobodyRecorded) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain(true);
    for (int round = 0; round < 4; ++round) {
        for (uint32_t slot = 1; slot <= 5; ++slot)
            scene.process.bytes.free(scene.first, scene.process.bytes.alloc(scene.first, slot, scene.body(9, 9'000)));
        scene.system.time += 1'000'000'000;
        EXPECT_TRUE(follower.drain(true).gaps.empty());
    }
    EXPECT_EQ(follower.state().coverage.events_lost, 0u) << "of 40 in a ring of 16";
    TestLedger::put(scene.process.bytes.map.header->live.ring_misses, 9);
    follower.finish();
    EXPECT_EQ(follower.state().coverage.events_lost, 9u);
    EXPECT_EQ(follower.state().processes.at(0).coverage.events_lost, 9u);
}

TEST(LiveRecording, HasAGapWhereAThreadHadNoHistoryFromTheBeginning) {
    Followed scene;
    scene.process.bytes.alloc(scene.first, 1, scene.body(9, 9'000));
    TestLedger::put(scene.process.bytes.map.header->live.ring_misses, 7);
    const Recording recording = live_recording(scene.system, {});
    ASSERT_EQ(recording.gaps.size(), 1u);
    EXPECT_EQ(recording.gaps[0].events, 7u);
    EXPECT_EQ(recording.end.coverage.events_lost, 7u);
}

// Threads allocate and free, rings are read in time or not: whoever replays the events has what is live, and each loss
// is counted.
TEST(Follower, HasWhatIsLiveAfterAnyHistory) {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
        std::mt19937_64 random(seed);
        const auto pick = [&](uint64_t below) { return random() % below; };
        Followed scene(seed % 2 == 0 ? 16 : 256);
        const bool past = seed % 3 == 0;
        Follower follower(scene.system, {}, {.past = past});
        std::vector<uint64_t> live_handles;
        Live live;
        uint64_t told = 0, lost = 0, clock = 1'000, done = 0, before = 0;
        const auto act = [&] {
            ledger::Recorder& thread = pick(2) == 0 ? scene.first : scene.second;
            clock += pick(100);
            ++done;
            if (live_handles.size() < 40 && pick(3) != 0) {
                uint32_t slot = 1;
                while (std::any_of(live_handles.begin(), live_handles.end(),
                                   [&](uint64_t h) { return ledger::handle_slot(h) == slot; }))
                    ++slot;
                live_handles.push_back(
                    scene.process.bytes.alloc(thread, slot, scene.body(1 + pick(1000), clock - pick(50))));
            } else if (!live_handles.empty()) {
                const size_t which = pick(live_handles.size());
                scene.process.bytes.free(thread, live_handles[which]);
                live_handles.erase(live_handles.begin() + static_cast<ptrdiff_t>(which));
            } else {
                --done;
            }
        };
        const auto take = [&](const Follower::Batch& batch) {
            told += batch.events.size();
            for (const HistoryGap& gap : batch.gaps) lost += gap.events;
            replay(batch, live);
        };
        for (uint64_t i = pick(30); i > 0; --i) act();
        before = done;
        for (int round = 0; round < 20; ++round) {
            take(follower.drain());
            for (uint64_t i = pick(30); i > 0; --i) act();
            scene.system.time += 100'000'000;
        }
        take(follower.finish());
        EXPECT_EQ(live, live_in(follower.state())) << "seed " << seed;
        if (lost == 0) {
            EXPECT_EQ(told, past ? done : done - before) << "seed " << seed;
        }
        if (seed % 2 == 1) {
            EXPECT_EQ(lost, 0u) << "seed " << seed;
        }
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace ttmem

#include "src/collector/follower.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "src/model/call_stack.h"
#include "tests/support/followed.h"

namespace ttmem {
namespace {

TEST(Follower, TellsWhatHappensFromTheFirstLookOn) {
    Followed scene;
    const uint32_t op = scene.process.bytes.add_text("matmul"), tag = scene.process.bytes.add_text("kv");
    const uint32_t owner = scene.process.bytes.add_owner(op, tag, 7);
    const uint64_t old = scene.process.bytes.alloc(scene.first, 1, scene.body(1000, 5'000, owner));
    Follower follower(scene.system, {.run = 9});
    Follower::Batch batch = follower.drain();
    EXPECT_TRUE(batch.events.empty()) << "it is told of as what was live before";
    ASSERT_EQ(batch.live_before.size(), 1u);
    EXPECT_EQ(batch.live_before[0].handle, old);
    EXPECT_EQ(follower.tables().texts[batch.live_before[0].op], "matmul");

    const uint64_t handle = scene.process.bytes.alloc(scene.first, 2, scene.body(500, 6'000, owner));
    scene.process.bytes.free(scene.first, old);
    batch = follower.drain();
    ASSERT_EQ(batch.events.size(), 2u);
    const Event& allocated = batch.events[0];
    EXPECT_EQ(allocated.kind, EventKind::kAllocated);
    EXPECT_EQ(allocated.subject, handle);
    EXPECT_EQ(allocated.requested_bytes, 500u);
    EXPECT_EQ(allocated.thread, 7u);
    EXPECT_EQ(follower.tables().texts[allocated.op], "matmul");
    EXPECT_EQ(follower.tables().texts[allocated.tag], "kv");
    EXPECT_EQ(follower.tables().places[allocated.place].name, "mesh");
    EXPECT_EQ(batch.events[1].kind, EventKind::kFreed);
    EXPECT_EQ(batch.events[1].subject, old);
    EXPECT_EQ(batch.events[1].requested_bytes, 1000u);
    EXPECT_TRUE(batch.gaps.empty());
    EXPECT_TRUE(follower.drain().events.empty()) << "each is told once";
}

TEST(Follower, TellsAllOfAProcessThatComesBetweenTwoLooks) {
    Followed scene;
    Follower follower(scene.system, {.run = 9});
    EXPECT_TRUE(follower.drain().events.empty());
    TestLedger& late = scene.system.add("/d", 2, 43, 9, Followed::geometry(16)).bytes;
    late.set_chip(0, 0x10, 0);
    late.open(1, 1, 2, 7, late.add_text("mesh"));
    ledger::Recorder recorder = late.recorder(0);
    late.free(recorder, late.alloc(recorder, 1, scene.body(700, 5'000)));
    const uint64_t kept = late.alloc(recorder, 2, scene.body(500, 5'500));
    const Follower::Batch batch = follower.drain();
    EXPECT_TRUE(batch.live_before.empty()) << "nothing lived in it when the recording began";
    const std::vector<Event> allocated = of_kind(batch.events, EventKind::kAllocated);
    ASSERT_EQ(allocated.size(), 2u);
    EXPECT_EQ(allocated[0].requested_bytes, 700u);
    EXPECT_EQ(allocated[1].subject, kept);
    EXPECT_EQ(of_kind(batch.events, EventKind::kFreed).size(), 1u);
    EXPECT_TRUE(batch.gaps.empty());
}

TEST(Follower, TellsTheCallStacksOfWhatIsLiveAndOfWhatComes) {
    Followed scene;
    ledger::TestLedger& bytes = scene.process.bytes;
    const uint32_t file = bytes.add_text("model.py"), function = bytes.add_text("forward");
    const uint32_t outer = bytes.add_frame(0, file, 7, 0), inner = bytes.add_frame(outer, file, 42, function);
    bytes.stack = inner;
    const uint64_t old = bytes.alloc(scene.first, 1, scene.body(1000, 5'000));
    Follower follower(scene.system, {.run = 9});
    Follower::Batch batch = follower.drain();
    const Snapshot& tables = follower.tables();
    EXPECT_EQ(line_of(tables, batch.live_before.at(0).stack), "model.py:42 forward");

    bytes.stack = outer;
    bytes.alloc(scene.first, 2, scene.body(500, 6'000));
    bytes.free(scene.first, old);
    batch = follower.drain();
    ASSERT_EQ(batch.events.size(), 2u);
    EXPECT_EQ(line_of(tables, batch.events[0].stack), "model.py:7");
    EXPECT_EQ(batch.events[1].stack, 0u) << "of an allocation only";
    EXPECT_EQ(tables.stacks.size(), 3u) << "what stacks have in common is there once";
}

TEST(Follower, HoldsBackWhatHasJustHappenedUntilItsOrderIsKnown) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    const WallTime begin = 1'700'000'000'000'000'000;
    scene.system.time = begin + 1'100;
    scene.process.bytes.alloc(scene.first, 1, scene.body(500, 1'080));
    EXPECT_TRUE(follower.drain().events.empty());
    scene.process.bytes.alloc(scene.second, 2, scene.body(600, 1'070));
    scene.system.time = begin + 1'000'000'000;
    const Follower::Batch batch = follower.drain();
    ASSERT_EQ(batch.events.size(), 2u);
    EXPECT_EQ(batch.events[0].requested_bytes, 600u) << "what came later from another thread was earlier";
    EXPECT_LT(batch.events[0].order, batch.events[1].order);
}

TEST(Follower, PutsAFreeAfterItsAllocationWhateverTheThreadsClocksSay) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    const uint64_t handle = scene.process.bytes.alloc(scene.first, 1, scene.body(500, 9'000));
    scene.process.bytes.free(scene.second, handle);  // its clock says 6,000
    const Follower::Batch batch = follower.drain();
    ASSERT_EQ(batch.events.size(), 2u);
    EXPECT_EQ(batch.events[0].kind, EventKind::kAllocated);
    EXPECT_GE(batch.events[1].at, batch.events[0].at);
}

TEST(Follower, GoesBackAsFarAsAllRingsDo) {
    Followed scene;
    const uint64_t kept = scene.process.bytes.alloc(scene.second, 9, scene.body(77, 1));
    for (uint32_t i = 0; i < 20; ++i) {  // 40 events in a ring of 16
        const uint64_t handle = scene.process.bytes.alloc(scene.first, 1 + i % 3, scene.body(100 + i, 1'000 + 100 * i));
        if (i % 5 != 4) scene.process.bytes.free(scene.first, handle);
        scene.process.bytes.free(scene.first, handle);
    }
    const Recording recording = live_recording(scene.system, {});
    ASSERT_EQ(recording.gaps.size(), 1u);
    EXPECT_GT(recording.gaps[0].events, 0u);
    Follower::Batch all{{}, recording.live_before, {}};
    std::vector<Event> block;
    while (recording.source->next(block)) all.events.insert(all.events.end(), block.begin(), block.end());
    EXPECT_EQ(all.events.size(), recording.events);
    EXPECT_EQ(of_kind(all.events, EventKind::kAllocated).size(), of_kind(all.events, EventKind::kFreed).size());
    Live live;
    replay(all, live);
    EXPECT_EQ(live, live_in(recording.end));
    EXPECT_TRUE(live.contains({0, kept}));
}

TEST(Follower, MarksWhatWasPersistentFromBirthAndWhatBecameSo) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    Body born = scene.body(500, 9'000);
    born.time |= ledger::kPersistentFromBirth;
    scene.process.bytes.alloc(scene.first, 1, born, 0, ledger::SlotState::kPersistent);
    const uint64_t other = scene.process.bytes.alloc(scene.first, 2, scene.body(600, 9'100));
    ledger::record_event<ledger::RealStore>(scene.first, other,
                                            Body{0, 0, 0, 0, 0, ledger::pack_time(9'200, 0, Op::kPersistent)});
    const std::vector<Event> events = follower.drain().events;
    ASSERT_EQ(events.size(), 3u);
    EXPECT_TRUE(events[0].persistent);
    EXPECT_FALSE(events[1].persistent);
    EXPECT_EQ(events[2].kind, EventKind::kMadePersistent);
    EXPECT_EQ(events[2].subject, other);
}

// Iteration 1 ended in what the rings still have, 2 before it, 3 is open.
TEST(Follower, KnowsWhichIterationsWereOverWhenItsRecordBegins) {
    Followed scene;
    const auto mark = [&](Op op, uint64_t iteration, uint64_t clock) {
        ledger::record_event<ledger::RealStore>(scene.first, iteration,
                                                Body{0, 0, 0, 0, 0, ledger::pack_time(clock, 0, op)});
    };
    for (uint32_t iteration = 1; iteration <= 3; ++iteration) {
        Body body = scene.body(iteration, 1'000);
        body.taken = ledger::pack_taken(1, iteration);
        scene.process.bytes.alloc(scene.second, iteration, body);
    }
    mark(Op::kIterationEnd, uint64_t{5} << 32 | 1, 9'000);
    TestLedger::put(scene.first.ring->iterations[0], uint64_t{5} << 32 | 3);
    const auto over = [](const std::vector<Allocation>& live_before) {
        std::map<uint32_t, bool> over;
        for (const Allocation& a : live_before) over[a.iteration] = a.iteration_over;
        return over;
    };
    Follower now(scene.system, {});
    EXPECT_EQ(over(now.drain().live_before), (std::map<uint32_t, bool>{{1, true}, {2, true}, {3, false}}));
    const Recording recording = live_recording(scene.system, {});
    EXPECT_TRUE(recording.live_before.empty()) << "the rings have all of it";
    for (uint32_t i = 0; i < 10; ++i)  // the ring of the allocations forgets them
        scene.process.bytes.free(scene.second, scene.process.bytes.alloc(scene.second, 9, scene.body(1, 8'000)));
    EXPECT_EQ(over(live_recording(scene.system, {}).live_before),
              (std::map<uint32_t, bool>{{1, false}, {2, true}, {3, false}}));
}

TEST(Follower, NamesTheProgramThatMemoryBelongsToAndTheOperations) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    TestLedger& bytes = scene.process.bytes;
    const uint32_t name = bytes.add_text("softmax"), op = bytes.add_text("ttnn.softmax");
    ledger::record_event<ledger::RealStore>(scene.first, op,
                                            Body{0, 0, 0, 0, 0, ledger::pack_time(1'000, 0, Op::kOpBegin)});
    Body program{5ull << 16,
                 0,
                 0,
                 ledger::pack_who(0, name),
                 ledger::pack_order(0, 0, 15),
                 ledger::pack_time(2'000, 2, Op::kProgram)};
    const uint64_t handle = bytes.alloc(scene.first, 3, program);
    Body held = scene.body(500, 9'000);
    held.requested = ledger::pack_requested(500, 3);
    bytes.alloc(scene.first, 4, held);
    const std::vector<Event> events = follower.drain().events;
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].kind, EventKind::kOperationBegun);
    EXPECT_EQ(follower.tables().texts[events[0].name], "ttnn.softmax");
    EXPECT_EQ(events[1].kind, EventKind::kProgramCreated);
    EXPECT_EQ(follower.tables().texts[events[1].name], "softmax");
    EXPECT_EQ(events[2].holder, handle);
}

// Lamport numbers tell nothing of what one thread uses and another one ends; clocks do of whatever names a program.
TEST(Follower, NamesTheProgramThatLivedWhenMemoryWasMadeWhateverHasItsSlotSince) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    TestLedger& bytes = scene.process.bytes;
    std::vector<uint64_t> programs;
    for (const uint64_t clock : {2'000, 6'500, 7'000, 7'500}) {
        if (clock != 2'000) bytes.free(scene.first, programs.back(), Op::kProgramEnd);  // the clock says 6,000
        const Body program{
            5ull << 16, 0, 0, 0, ledger::pack_order(0, 0, 15), ledger::pack_time(clock, 2, Op::kProgram)};
        programs.push_back(bytes.alloc(scene.first, 3, program));
    }
    scene.second.lamport = 100;
    Body held = scene.body(500, 5'000);
    held.requested = ledger::pack_requested(500, 3);
    const uint64_t handle = bytes.alloc(scene.second, 4, held);
    const Body dispatch{0, 0, 0, 0, ledger::pack_order(0, 1, 0), ledger::pack_time(6'900, 0, Op::kDispatch)};
    ledger::record_event<ledger::RealStore>(scene.second, programs[2], dispatch);
    bytes.free(scene.second, handle);
    const std::vector<Event> events = follower.drain().events;
    const std::vector<Event> made = of_kind(events, EventKind::kAllocated), freed = of_kind(events, EventKind::kFreed);
    const std::vector<Event> created = of_kind(events, EventKind::kProgramCreated);
    const std::vector<Event> dispatched = of_kind(events, EventKind::kDispatched);
    ASSERT_EQ(std::tuple(made.size(), freed.size(), created.size(), dispatched.size()), std::tuple(1u, 1u, 4u, 1u));
    EXPECT_EQ(made[0].holder, programs[0]);
    EXPECT_EQ(freed[0].holder, programs[0]);
    EXPECT_GT(made[0].order, created[0].order);
    EXPECT_LT(made[0].order, created[1].order) << "it does not use what came into the slot later";
    EXPECT_GT(dispatched[0].order, created[2].order) << "a time of a dispatch may be a tick old";
}

TEST(Follower, PutsTheEndOfATraceAfterItsReplaysByOtherThreads) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    TestLedger& bytes = scene.process.bytes;
    const auto in_order = [](uint64_t clock, Op op) {
        return Body{0, 0, 0, 0, ledger::pack_order(0, 1, 15), ledger::pack_time(clock, 3, op)};
    };
    const uint64_t trace = bytes.alloc(scene.first, 3, in_order(2'000, Op::kTrace));
    const uint64_t next = bytes.alloc(scene.first, 5, in_order(2'100, Op::kTrace));
    scene.second.lamport = 100;
    bytes.alloc(scene.first, 4, scene.body(500, 3'000));
    bytes.free(scene.first, trace, Op::kTraceEnd);  // the clock says 6,000
    bytes.alloc(scene.first, 3, scene.body(600, 6'100));
    ledger::record_event<ledger::RealStore>(scene.first, next, in_order(6'200, Op::kTraceReplay));
    ledger::record_event<ledger::RealStore>(scene.second, trace, in_order(9'000, Op::kTraceReplay));
    bytes.free(scene.second, next, Op::kTraceEnd);  // likewise
    const std::vector<Event> events = follower.drain().events;
    std::vector<EventKind> kinds;
    for (const Event& event : events) kinds.push_back(event.kind);
    using enum EventKind;
    EXPECT_EQ(kinds, (std::vector{kTraceCaptured, kTraceCaptured, kAllocated, kTraceReplayed, kTraceReleased,
                                  kAllocated, kTraceReplayed, kTraceReleased}));
    EXPECT_EQ(events[3].subject, trace);
    EXPECT_EQ(events[7].subject, next);
}

// Between two looks as well; what another thread allocates meanwhile is no part of it.
TEST(Follower, CountsWhatAThreadAllocatesInACapture) {
    Followed scene;
    Follower follower(scene.system, {});
    follower.drain();
    TestLedger& bytes = scene.process.bytes;
    const auto trace = [&](uint32_t slot, uint64_t clock) {
        Body body{9ull << 16,
                  0,
                  0,
                  ledger::pack_who(0, bytes.add_text("decode")),
                  ledger::pack_order(0, 1, 15),
                  ledger::pack_time(clock, 3, Op::kTrace)};
        bytes.alloc(scene.first, slot, body);
    };
    bytes.alloc(scene.first, 1, scene.body(100, 1'000));
    ledger::record_event<ledger::RealStore>(scene.first, 0,
                                            Body{0, 0, 0, 0, 0, ledger::pack_time(1'100, 0, Op::kTraceBegin)});
    bytes.alloc(scene.first, 2, scene.body(200, 1'200));
    follower.drain();
    bytes.alloc(scene.second, 3, scene.body(300, 1'300));
    bytes.alloc(scene.first, 4, scene.body(400, 1'400));
    trace(5, 1'500);
    trace(6, 1'600);  // of which nobody told the begin
    const std::vector<Event> captured = of_kind(follower.drain().events, EventKind::kTraceCaptured);
    ASSERT_EQ(captured.size(), 2u);
    EXPECT_EQ(captured[0].address, 1u + 2);
    EXPECT_EQ(captured[1].address, 0u);
}

}  // namespace
}  // namespace ttmem

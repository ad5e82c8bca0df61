#include "src/collector/collector.h"

#include <gtest/gtest.h>

#include "src/collector/combine.h"
#include "src/model/call_stack.h"
#include "tests/support/collector_scene.h"

namespace ttmem {
namespace {

using ledger::Body;
using ledger::Op;
using ledger::Recorder;
using ledger::SlotState;
using ledger::TestLedger;

TEST(Collector, SaysNothingWhenThereIsNothing) {
    const FakeSystem system;
    const Snapshot snapshot = collect(system);
    EXPECT_TRUE(snapshot.processes.empty());
    EXPECT_TRUE(snapshot.coverage.complete);
    EXPECT_EQ(snapshot.generated_at, system.now());
}

TEST(Collector, JoinsAProcessWithItsPlacesAndAllocations) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    const uint32_t op = process.bytes.add_text("matmul"), tag = process.bytes.add_text("kv");
    Recorder recorder = process.bytes.recorder(1);
    process.bytes.alloc(recorder, 2, TestLedger::body(8192, 500, 1, 0, process.bytes.add_owner(op, tag, 7)), 0,
                        SlotState::kPersistent);

    const Snapshot snapshot = collect(scene.system);
    ASSERT_EQ(snapshot.processes.size(), 1u);
    const Process& seen = snapshot.processes[0];
    EXPECT_EQ(seen.pid, 42u);
    EXPECT_TRUE(seen.pid_verified);
    EXPECT_EQ(seen.uid, 1000u);
    EXPECT_EQ(seen.comm, "test");
    EXPECT_EQ(seen.level, "events");
    EXPECT_EQ(seen.state, ProcessState::kLive);
    EXPECT_TRUE(seen.coverage.complete);
    ASSERT_EQ(snapshot.places.size(), 1u);
    EXPECT_EQ(snapshot.places[0].kind, PlaceKind::kMesh);
    EXPECT_EQ(snapshot.places[0].number, 7u);
    EXPECT_EQ(snapshot.places[0].name, "mesh");
    EXPECT_EQ(snapshot.places[0].chips, (std::vector{ChipId{0x10}, ChipId{0x11}}));
    EXPECT_TRUE(snapshot.places[0].open);
    ASSERT_EQ(snapshot.allocations.size(), 2u);
    const Allocation& second = snapshot.allocations[1];
    EXPECT_EQ(second.address.value, 8192u);
    EXPECT_EQ(second.requested_bytes, 500u);
    EXPECT_EQ(second.reserved_bytes(), 42u * 12);
    EXPECT_EQ(snapshot.texts[second.op], "matmul");
    EXPECT_EQ(snapshot.texts[second.tag], "kv");
    EXPECT_EQ(second.thread, 7u);
    EXPECT_EQ(second.page_bytes, 2048u);
    EXPECT_EQ(second.since, 1'700'000'000'000'005'000);
    EXPECT_TRUE(second.persistent);
    EXPECT_FALSE(second.released);
    EXPECT_EQ(second.allocation_class, AllocationClass::kTensor);
    EXPECT_EQ(snapshot.allocations[0].unique_id, 33u);
    for (const uint64_t id : {0x10, 0x11}) {
        const ChipUse* chip = find_chip(snapshot.chips, id);
        ASSERT_NE(chip, nullptr);
        EXPECT_EQ(chip->pool(Pool::kDram).requested_bytes, 1500u);
        EXPECT_EQ(chip->pool(Pool::kDram).allocations, 2u);
        EXPECT_EQ(chip->pool(Pool::kDram).peak_requested, (Interval{1500, 1500}));
        EXPECT_EQ(chip->pool(Pool::kDram).capacity_bytes, 12ull << 30);
        EXPECT_EQ(chip->pool(Pool::kTrace).capacity_bytes, 0u);
    }
}

TEST(Collector, TellsTheLineOfAnAllocationAndSaysHowManyHaveNone) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    const uint32_t file = process.bytes.add_text("model.py"), function = process.bytes.add_text("forward");
    const uint32_t outer = process.bytes.add_frame(0, file, 7, 0);
    Recorder recorder = process.bytes.recorder(1);
    const std::pair<uint32_t, std::string> stacks[] = {
        {process.bytes.add_frame(outer, file, 42, function), "model.py:42 forward"},
        {outer, "model.py:7"},
        {file, ""},  // no call stack
        {0, ""},
    };
    uint32_t slot = 2;
    for (const auto& [stack, line] : stacks) {
        process.bytes.stack = stack;
        process.bytes.alloc(recorder, slot, TestLedger::body(8192 * slot, 500));
        ++slot;
    }
    process.bytes.put(process.bytes.map.header->live.level, 3);
    process.bytes.put(process.bytes.map.header->live.frames_refused, 1);
    const Snapshot snapshot = collect(scene.system);
    ASSERT_EQ(snapshot.allocations.size(), 5u);
    for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(line_of(snapshot, snapshot.allocations[1 + i].stack), stacks[i].second) << i;
    }
    EXPECT_EQ(frames_of(snapshot, snapshot.allocations[1].stack).size(), 2u);
    EXPECT_FALSE(snapshot.coverage.complete) << "a sum by line lacks the line of some";
    ASSERT_EQ(snapshot.coverage.notes.size(), 2u);
    EXPECT_NE(snapshot.coverage.notes[0].find("1 frame of call stacks found no room"), std::string::npos);
    EXPECT_NE(snapshot.coverage.notes[1].find("1 of 5 live allocations"), std::string::npos);
}

TEST(Collector, AddsUpProcessesOnTheSameChipsAndMergesNothing) {
    Scene scene;
    scene.process(1, 42, 1000);
    scene.process(2, 43, 700);
    const Snapshot snapshot = collect(scene.system);
    EXPECT_EQ(snapshot.processes.size(), 2u);
    EXPECT_EQ(snapshot.allocations.size(), 2u);
    EXPECT_EQ(snapshot.places.size(), 2u);
    const PoolUse& dram = find_chip(snapshot.chips, 0x10)->pool(Pool::kDram);
    EXPECT_EQ(dram.requested_bytes, 1700u);
    EXPECT_EQ(dram.peak_requested, (Interval{1700, 1700})) << "what is in use now is the sum of the peaks";
    EXPECT_EQ(dram.capacity_bytes, 12ull << 30);
    EXPECT_EQ(snapshot.processes[0].chips[0].pool(Pool::kDram).requested_bytes, 1000u);
    EXPECT_EQ(collect(scene.system, {.pid = 43}).chips[0].pool(Pool::kDram).requested_bytes, 700u);
}

TEST(Collector, NeverCountsADeadProcessAsLive) {
    Scene scene;
    scene.process(1, 42, 1000);
    scene.process(2, 43, 700).lives = false;
    const Snapshot snapshot = collect(scene.system);
    EXPECT_EQ(find_chip(snapshot.chips, 0x10)->pool(Pool::kDram).requested_bytes, 1000u);
    ASSERT_EQ(snapshot.processes.size(), 2u);
    const Process& dead = snapshot.processes[1];
    EXPECT_EQ(dead.state, ProcessState::kKilled);
    EXPECT_EQ(dead.held_allocations, 1u);
    EXPECT_EQ(dead.held_bytes, 1400u) << "on two chips";
    EXPECT_EQ(dead.chips[0].pool(Pool::kDram).requested_bytes, 700u) << "what it held at its end";
    EXPECT_FALSE(dead.pid_verified);
    EXPECT_EQ(collect(scene.system, {.dead = false}).processes.size(), 1u);
    EXPECT_EQ(collect(scene.system, {.live = false}).processes.size(), 1u);
    Coverage coverage;
    EXPECT_EQ(find_chip(combine_chips(snapshot, Which::kAll, coverage), 0x10)->pool(Pool::kDram).requested_bytes,
              1700u);
}

TEST(Collector, TellsAnExitFromAKill) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    process.lives = false;
    TestLedger::put(process.bytes.map.header->live.state, static_cast<uint64_t>(ledger::LedgerState::kClosed));
    EXPECT_EQ(collect(scene.system).processes[0].state, ProcessState::kExited);
}

TEST(Collector, ReleasesWhatStoodInAClosedSession) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    process.bytes.close(1);
    process.bytes.open(2, 1, 1, 0);
    Recorder recorder = process.bytes.recorder(1);
    process.bytes.alloc(recorder, 2, TestLedger::body(0, 300, 2));
    const Snapshot snapshot = collect(scene.system);
    ASSERT_EQ(snapshot.allocations.size(), 2u);
    EXPECT_TRUE(snapshot.allocations[0].released);
    EXPECT_FALSE(snapshot.allocations[1].released);
    const PoolUse& dram = find_chip(snapshot.chips, 0x10)->pool(Pool::kDram);
    EXPECT_EQ(dram.requested_bytes, 300u);
    EXPECT_EQ(dram.allocations, 1u);
    EXPECT_EQ(dram.peak_requested, (Interval{1000, 1000})) << "the sessions were never open together";
    EXPECT_EQ(find_chip(snapshot.chips, 0x11)->pool(Pool::kDram).requested_bytes, 0u);
    EXPECT_FALSE(snapshot.place_of(snapshot.allocations[0]).open);
    process.lives = false;
    EXPECT_EQ(collect(scene.system).processes[0].held_bytes, 300u) << "what a close released was not held";
}

TEST(Collector, NamesTheProgramThatHoldsAnAllocation) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 0);
    const uint32_t name = process.bytes.add_text("matmul_kernel");
    Recorder recorder = process.bytes.recorder(0);
    const auto program = [&](uint64_t unique_id, uint64_t clock) {
        return ledger::pack_program({unique_id, 0, 0, 0, name, clock});
    };
    process.bytes.alloc(recorder, 3, program(77, 4'000));
    process.bytes.alloc(recorder, 4, program(78, 9'000));
    Body held = TestLedger::body(0, 100), orphan = TestLedger::body(4096, 100);
    held.requested |= 3;
    orphan.requested |= 4;  // was allocated before the program that has slot 4 now
    process.bytes.alloc(recorder, 5, held);
    process.bytes.alloc(recorder, 6, orphan);
    const Snapshot snapshot = collect(scene.system);
    ASSERT_EQ(snapshot.programs.size(), 2u);
    EXPECT_EQ(snapshot.programs[0].name, "matmul_kernel");
    EXPECT_EQ(snapshot.programs[0].unique_id, 77u);
    ASSERT_EQ(snapshot.allocations.size(), 2u);
    EXPECT_EQ(snapshot.allocations[0].program, 1u);
    EXPECT_EQ(snapshot.allocations[1].program, 0u);
}

TEST(Collector, MakesFieldsAbsentThatProcessesDisagreeAbout) {
    Scene scene;
    scene.process(1, 42, 1000);
    FakeLedger& other = scene.process(2, 43, 700);
    other.bytes.set_chip(0, 0x10, 5, 12, 1 << 29);
    const Snapshot snapshot = collect(scene.system);
    const ChipUse& chip = *find_chip(snapshot.chips, 0x10);
    EXPECT_EQ(chip.chip.logical_id, std::nullopt);
    EXPECT_EQ(chip.pool(Pool::kDram).capacity_bytes, std::nullopt);
    EXPECT_EQ(chip.pool(Pool::kL1).capacity_bytes, 0u);
    EXPECT_EQ(chip.pool(Pool::kDram).requested_bytes, 1700u);
    EXPECT_EQ(chip.chip.l1_bytes_per_core, 1'499'136u);
    EXPECT_TRUE(has_note(snapshot.coverage, "the capacity of pool dram"));
    EXPECT_TRUE(has_note(snapshot.coverage, "logical number"));
    EXPECT_TRUE(snapshot.coverage.complete) << "every figure that is shown is right";
    EXPECT_EQ(find_chip(snapshot.chips, 0x11)->chip.logical_id, 1u);
}

TEST(Collector, CountsWhatIsMissing) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    ledger::LiveHeader& live = process.bytes.map.header->live;
    Recorder recorder = process.bytes.recorder(0);
    for (int i = 0; i < 40; ++i) ledger::record_event<ledger::RealStore>(recorder, 1, {});
    TestLedger::put(live.ring_misses, 5);
    Snapshot snapshot = collect(scene.system);
    EXPECT_TRUE(snapshot.coverage.complete) << "lost history harms no figure";
    EXPECT_EQ(snapshot.coverage.events_lost, 41u - 16 + 5);
    TestLedger::put(live.untracked_allocations, 3);
    TestLedger::put(live.untracked_bytes, 999);
    snapshot = collect(scene.system);
    EXPECT_FALSE(snapshot.coverage.complete);
    EXPECT_EQ(snapshot.coverage.untracked_allocations, 3u);
    EXPECT_EQ(snapshot.coverage.untracked_bytes, 999u);
    EXPECT_TRUE(has_note(snapshot.coverage, "process 42: 3 allocations not recorded, none of them live"));
    EXPECT_EQ(snapshot.coverage.untracked_now_allocations, 0u);
    EXPECT_FALSE(find_chip(snapshot.chips, 0x10)->pool(Pool::kDram).is_bound);
}

// "1 names found no room", it said.
TEST(Collector, CountsOneThingAsOne) {
    Scene scene;
    ledger::LiveHeader& live = scene.process(1, 42, 1000).bytes.map.header->live;
    const std::vector<ledger::Word*> counters = {
        &live.chips_full,    &live.reentrant,       &live.invalid,      &live.ambiguous_free,  &live.double_free,
        &live.unknown_free,  &live.texts_full,      &live.owners_full,  &live.sessions_full,   &live.plans_refused,
        &live.notes_refused, &live.leaks_forgotten, &live.ops_too_deep, &live.history_refused, &live.iterations_lost};
    for (const uint64_t count : {1, 2}) {
        for (ledger::Word* counter : counters) TestLedger::put(*counter, count);
        const Coverage coverage = collect(scene.system).coverage;
        EXPECT_GE(coverage.notes.size(), counters.size());
        const std::string number = "process 42: " + std::to_string(count) + " ";
        for (const std::string& note : coverage.notes) {
            ASSERT_EQ(note.find(number), 0u) << note;
            const std::string noun = note.substr(number.size());
            const std::string word = noun.substr(0, noun.find_first_of(" -"));
            EXPECT_TRUE(word == "circular" || (word.back() == 's') == (count != 1)) << note;
        }
    }
}

TEST(Collector, NamesTheSettingAndTheValueThatWouldHaveKeptRoom) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    ledger::LiveHeader& live = process.bytes.map.header->live;
    TestLedger::put(live.untracked_allocations, 3000);
    const uint64_t slots = ledger::TestLedger::small().slots;
    const auto notes = [&] { return collect(scene.system).coverage; };
    EXPECT_FALSE(has_note(notes(), "TTMEM_LEDGER_SLOTS")) << "it had room";
    TestLedger::put(live.slots_used, slots);
    ASSERT_LT(slots, 1000u);
    EXPECT_TRUE(has_note(notes(), "set TTMEM_LEDGER_SLOTS=4096"));
    TestLedger::put(live.slots_ready, slots / 2), TestLedger::put(live.slots_used, slots / 2);
    EXPECT_TRUE(has_note(notes(), "give its tmpfs 211 KiB"));
}

TEST(Collector, KeepsOfTheEndedProcessesOfARunOnlyWhatIsWantedAndWhatItRefersTo) {
    Scene scene;
    for (uint8_t id = 1; id <= 50; ++id) {
        FakeLedger& process = scene.process(id, 1000 + id, 10, 9);
        process.bytes.open(2, 1, 1, 0, process.bytes.add_text("closed later"));
        Recorder recorder = process.bytes.recorder(1);
        process.bytes.alloc(recorder, 2, TestLedger::body(0, 700, 2));
        process.bytes.close(2);
        process.lives = id == 50;
    }
    Collector collector(scene.system, {.run = static_cast<unsigned __int128>(9)});
    collector.keep_only([](const Snapshot& s, const Allocation& a) {
        return s.process_of(a).pid == 1001 ? s.place_of(a).name == "mesh" : s.process_of(a).pid == 1002;
    });
    collector.refresh();
    const Snapshot run = collector.finish();
    ASSERT_EQ(run.processes.size(), 50u);
    EXPECT_EQ(run.allocations.size(), 1u + 2 + 2) << "of 1001, of 1002, and of the one that lives";
    EXPECT_EQ(run.places.size(), 1u + 2 + 2);
    for (const Allocation& a : run.allocations) {
        EXPECT_EQ(run.place_of(a).process, a.process);
        EXPECT_EQ(run.place_of(a).name, a.requested_bytes == 10 ? "mesh" : "closed later");
    }
    const auto unlisted = [&](uint32_t pid) {
        for (const Process& process : run.processes) {
            if (process.pid == pid) return process.unlisted_released_bytes;
        }
        return UINT64_MAX;
    };
    EXPECT_EQ(unlisted(1001), 700u);
    EXPECT_EQ(unlisted(1002), 0u);
    EXPECT_EQ(unlisted(1003), 700u + 2 * 10);
    EXPECT_EQ(unlisted(1050), 0u) << "it lives";
}

TEST(Collector, GivesFiguresAloneWhenAsked) {
    Scene scene;
    scene.process(1, 42, 1000);
    const Snapshot snapshot = collect(scene.system, {}, {.allocations = false});
    EXPECT_TRUE(snapshot.allocations.empty());
    EXPECT_EQ(snapshot.chips[0].pool(Pool::kDram).requested_bytes, 1000u);
    EXPECT_EQ(snapshot.chips[0].pool(Pool::kDram).allocations, 1u);
}

TEST(Collector, DerivesNothingWhereTheFormatForbidsIt) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    process.bytes.map.header->fixed.ro_compat = 2;
    process.bytes.reseal();
    const Snapshot snapshot = collect(scene.system);
    EXPECT_EQ(snapshot.chips.at(0).pool(Pool::kDram).requested_bytes, std::nullopt);
    EXPECT_EQ(snapshot.chips[0].pool(Pool::kDram).peak_requested, std::nullopt);
    EXPECT_FALSE(snapshot.coverage.complete);
}

TEST(Collector, GivesTheHistoryOfAProcess) {
    Scene scene;
    scene.process(1, 42, 1000);
    Collector collector(scene.system);
    collector.refresh();
    const LedgerId id = collector.ledgers().at(0).id;
    Result<RawHistory> history = collector.history(id);
    ASSERT_TRUE(history);
    ASSERT_EQ(history->rings.size(), 1u);
    ASSERT_EQ(history->rings[0].events.size(), 1u);
    EXPECT_EQ(history->rings[0].events[0].body.requested_bytes(), 1000u);
    EXPECT_TRUE(collector.history(id, {1})->rings[0].events.empty());
    EXPECT_FALSE(collector.history(LedgerId{12345}));
}

TEST(Collector, ShowsFailuresInTheAllocatorsOwnFigures) {
    Scene scene;
    FakeLedger& process = scene.process(1, 42, 1000);
    ledger::FailureRecord& failure = process.bytes.map.failures[1];
    TestLedger::put(failure.what, 1 | 1 << 8 | 12 << 16 | 1ull << 32);
    TestLedger::put(failure.owner_and_tid, 55);
    TestLedger::put(failure.requested_bytes, 1 << 20);
    TestLedger::put(failure.free_per_bank, 777);
    TestLedger::put(failure.largest_free_per_bank, UINT64_MAX);
    uint64_t words[14];
    for (size_t i = 0; i < 14; ++i) words[i] = (&failure.what)[i].load();
    TestLedger::put(failure.check, ledger::check_sum(words, 14));
    TestLedger::put(failure.position, 2);
    TestLedger::put(process.bytes.map.header->live.failures, 40);
    const Snapshot snapshot = collect(scene.system);
    ASSERT_EQ(snapshot.processes[0].failures.size(), 1u);
    EXPECT_EQ(snapshot.processes[0].failed_allocations, 40u) << "also those that are not kept";
    const Failure& seen = snapshot.processes[0].failures[0];
    EXPECT_EQ(seen.kind, FailureKind::kOutOfMemory);
    EXPECT_EQ(seen.pool, Pool::kL1);
    EXPECT_EQ(seen.banks, 12u);
    EXPECT_EQ(seen.thread, 55u);
    EXPECT_EQ(seen.requested_bytes, 1u << 20);
    EXPECT_EQ(seen.free_per_bank, 777u);
    EXPECT_EQ(seen.largest_free_per_bank, std::nullopt);
    EXPECT_EQ(seen.place->value, 0u);
}

}  // namespace
}  // namespace ttmem

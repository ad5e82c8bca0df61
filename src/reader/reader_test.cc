#include "src/reader/reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

LedgerImage read_all(const TestLedger& ledger, bool dead = false) {
    LedgerReader reader;
    LedgerImage image;
    const ReadOutcome outcome = reader.read(ledger.source(), {.writer_is_dead = dead}, image);
    EXPECT_TRUE(outcome.ok()) << outcome.reason;
    return image;
}

TEST(Reader, GivesWhatWasRecorded) {
    TestLedger ledger;
    const uint32_t op = ledger.add_text("matmul"), tag = ledger.add_text("kv"), arch = ledger.add_text("wormhole_b0");
    const uint32_t owner = ledger.add_owner(op, tag, 77);
    ledger.set_chip(0, 0xabc, 3, 12, 1 << 30, arch);
    ledger.open(1, 1);
    Recorder recorder = ledger.recorder(0);
    const uint64_t handle =
        ledger.alloc(recorder, 5, TestLedger::body(0x1000, 4096, 1, 0, owner), 99, SlotState::kPersistent);

    const LedgerImage image = read_all(ledger);
    ASSERT_EQ(image.live.size(), 1u);
    const LiveSlot& slot = image.live[0];
    EXPECT_EQ(slot.handle, handle);
    EXPECT_TRUE(slot.persistent());
    EXPECT_EQ(slot.stack, 7u);
    EXPECT_EQ(slot.body.address(), 0x1000u);
    EXPECT_EQ(slot.body.requested_bytes(), 4096u);
    EXPECT_EQ(slot.body.banks(), 12u);
    EXPECT_EQ(image.unique_id(handle), 99u);
    EXPECT_EQ(image.text(image.owners[owner].op), "matmul");
    EXPECT_EQ(image.text(image.owners[owner].tag), "kv");
    EXPECT_EQ(image.owners[owner].thread, 77u);
    ASSERT_EQ(image.chips.size(), 1u);
    EXPECT_EQ(image.chips[0].chip_id, 0xabcu);
    EXPECT_EQ(image.chips[0].logical_id, 3u);
    EXPECT_EQ(image.text(image.chips[0].arch), "wormhole_b0");
    EXPECT_EQ(image.chips[0].grid_x, 8u);
    const SessionImage& session = image.sessions[1];
    EXPECT_EQ(session.state, SessionState::kOpen);
    EXPECT_EQ(session.chips, 1u);
    EXPECT_EQ(session.rows[0].live.requested, 4096u);
    EXPECT_EQ(session.rows[0].live.reserved, 12u * 342u);
    EXPECT_EQ(session.rows[0].live.allocations, 1u);
    EXPECT_EQ(session.rows[0].peak_requested, 4096u);
    EXPECT_EQ(image.rings[0].thread, 100u);
    EXPECT_EQ(image.rings[0].operations, 1u);
    EXPECT_EQ(image.rings[0].events, 1u);
    EXPECT_TRUE(image.quality.single_moment);
}

TEST(Reader, ForgetsWhatWasFreedAndKeepsItsPeak) {
    TestLedger ledger;
    ledger.set_chip(0, 1, 0);
    ledger.open(1, 1);
    Recorder recorder = ledger.recorder(0);
    const uint64_t first = ledger.alloc(recorder, 1, TestLedger::body(0, 1000));
    const uint64_t second = ledger.alloc(recorder, 2, TestLedger::body(4096, 500));
    EXPECT_TRUE(ledger.free(recorder, first));
    const LedgerImage image = read_all(ledger);
    ASSERT_EQ(image.live.size(), 1u);
    EXPECT_EQ(image.live[0].handle, second);
    EXPECT_EQ(image.sessions[1].rows[0].live.requested, 500u);
    EXPECT_EQ(image.sessions[1].rows[0].peak_requested, 1500u);
}

TEST(Reader, IgnoresAUniqueIdOfAnEarlierGeneration) {
    TestLedger ledger;
    ledger.set_chip(0, 1, 0);
    ledger.open(1, 1);
    Recorder recorder = ledger.recorder(0);
    const uint64_t first = ledger.alloc(recorder, 1, TestLedger::body(0, 1000), 55);
    ledger.free(recorder, first);
    const uint64_t second = ledger.alloc(recorder, 1, TestLedger::body(0, 1000));
    const LedgerImage image = read_all(ledger);
    EXPECT_EQ(image.unique_id(second), 0u);
}

TEST(Reader, SaysNothingYetWhileALedgerIsBeingMade) {
    TestLedger ledger;
    TestLedger::put(ledger.map.header->live.state, static_cast<uint64_t>(LedgerState::kInit));
    LedgerReader reader;
    LedgerImage image;
    EXPECT_EQ(reader.read(ledger.source(), {}, image).status, ReadStatus::kNothingYet);
}

TEST(Reader, AsksForANewerTtmemWhenItDoesNotKnowTheFormat) {
    TestLedger ledger;
    LedgerReader reader;
    LedgerImage image;
    ledger.map.header->fixed.incompat = 1;
    ledger.reseal();
    EXPECT_EQ(reader.read(ledger.source(), {}, image).status, ReadStatus::kNewer);
    ledger.map.header->fixed.incompat = 0;
    ledger.map.header->fixed.format_major = kFormatMajor + 1;
    ledger.reseal();
    EXPECT_EQ(reader.read(ledger.source(), {}, image).status, ReadStatus::kNewer);
}

TEST(Reader, NotesBitsThatForbidToDeriveFigures) {
    TestLedger ledger;
    ledger.map.header->fixed.ro_compat = 4;
    ledger.map.header->fixed.compat = 0xffff;
    ledger.reseal();
    EXPECT_EQ(read_all(ledger).quality.foreign_bits, 4u);
}

TEST(Reader, CountsADamagedSlotAndLeavesItOut) {
    TestLedger ledger;
    ledger.set_chip(0, 1, 0);
    ledger.open(1, 1);
    Recorder recorder = ledger.recorder(0);
    ledger.alloc(recorder, 1, TestLedger::body(0, 1000));
    ledger.alloc(recorder, 2, TestLedger::body(4096, 500));
    ledger.map.slots[2].where.fetch_xor(1ull << 30);
    for (const bool dead : {false, true}) {
        const LedgerImage image = read_all(ledger, dead);
        EXPECT_EQ(image.live.size(), 1u);
        EXPECT_EQ(image.quality.torn_slots, 1u);
        EXPECT_EQ(image.sessions[1].rows[0].live.requested, 1000u);
    }
}

TEST(Reader, CountsSlotsOfSessionsAndPoolsThatDoNotExist) {
    TestLedger ledger;
    ledger.set_chip(0, 1, 0);
    ledger.open(1, 1);
    Recorder recorder = ledger.recorder(0);
    ledger.alloc(recorder, 1, TestLedger::body(0, 1000));
    TestLedger::raise_to(ledger.map.header->live.slots_used, 9);
    for (const auto& [slot, body] : std::map<uint32_t, Body>{{2, TestLedger::body(0, 1, 4000)},   // no such record
                                                             {3, TestLedger::body(0, 1, 2)},      // a free record
                                                             {4, TestLedger::body(0, 1, 0)},      // none
                                                             {5, TestLedger::body(0, 1, 1, 9)}})  // no such pool
    {
        record_begin<RealStore, false>(recorder, slot, body, SlotState::kLive, nullptr, 0, 0);
    }
    ledger.alloc(recorder, 6, pack_program({.clock = 5'000}));
    const LedgerImage image = read_all(ledger, true);
    EXPECT_EQ(image.live.size(), 2u);
    EXPECT_EQ(image.quality.bad_slots, 4u);
}

ClockImage clock_of(ClockKind kind, uint64_t ticks, int64_t wall_ns, uint32_t shift = 6) {
    ClockImage clock;
    clock.kind = kind;
    clock.shift = shift;
    clock.first_ticks = 1'000;
    clock.latest_ticks = 1'000 + ticks;
    clock.first_wall_ns = 1'700'000'000'000'000'000;
    clock.latest_wall_ns = clock.first_wall_ns + wall_ns;
    clock.plausible = true;
    return clock;
}

TEST(Ticks, BecomeWallTimeByTwoAnchors) {
    const ClockImage clock = clock_of(ClockKind::kTsc, 26'000'000'000, 10'000'000'000);  // 2.6 GHz
    const TickConverter times(clock);
    ASSERT_TRUE(times.known());
    EXPECT_NEAR(static_cast<double>(times.wall_ns(13'000'000'000 / 64) - clock.first_wall_ns), 5e9, 100);
    EXPECT_NEAR(static_cast<double>(times.wall_ns(52'000'000'000 / 64) - clock.first_wall_ns), 20e9, 100);
    EXPECT_EQ(times.wall_ns(0), 0) << "not known";
    EXPECT_EQ(times.wall_ns(1ull << 48), 0) << "no time has so many bits";
}

TEST(Ticks, OfTheCoarseClockAreNanosecondsWithOneAnchorAlone) {
    const TickConverter times(clock_of(ClockKind::kMonotonicCoarse, 0, 0, 0));
    EXPECT_EQ(times.wall_ns(77), 1'700'000'000'000'000'077);
}

TEST(Ticks, AreUnknownTimeWhenTheAnchorsAreAbsurd) {
    EXPECT_FALSE(TickConverter(clock_of(ClockKind::kTsc, 0, 0)).known());
    EXPECT_FALSE(TickConverter(clock_of(ClockKind::kTsc, 1'000, 0)).known());
    EXPECT_FALSE(TickConverter(clock_of(ClockKind::kTsc, 1'000, -5)).known());
    EXPECT_FALSE(TickConverter(clock_of(ClockKind::kTsc, 10, 1'000'000'000)).known()) << "10 Hz";
    EXPECT_FALSE(TickConverter(clock_of(ClockKind::kTsc, UINT64_MAX / 2, 1'000'000'000)).known());
    EXPECT_FALSE(TickConverter(clock_of(ClockKind::kMonotonicCoarse, 0, 0, 16)).known()) << "585 years in 48 bits";
    EXPECT_FALSE(TickConverter(clock_of(ClockKind::kMonotonicCoarse, 2'000'000'000'000'000'000, 0, 0)).known());
    EXPECT_FALSE(TickConverter(ClockImage()).known());
    EXPECT_EQ(TickConverter().wall_ns(5), 0);
}

TEST(Ticks, ThatWentRoundAreOfTheNewestRound) {
    constexpr uint64_t kRound = 1ull << 48;  // ns, 3.3 days
    const TickConverter times(clock_of(ClockKind::kMonotonicCoarse, 2 * kRound + 5'000, 0, 0));
    const int64_t first = 1'700'000'000'000'000'000;
    EXPECT_NEAR(static_cast<double>(times.wall_ns(4'000) - first), 2.0 * kRound + 4'000, 64);
    EXPECT_NEAR(static_cast<double>(times.wall_ns(kRound - 9'000) - first), 2.0 * kRound - 9'000, 64);
}

TEST(Ticks, OfAnchorsThatAreJustBeingWrittenAreTheFirstOneAlone) {
    TestLedger ledger;
    LiveHeader& live = ledger.map.header->live;
    TestLedger::put(live.latest_ticks, 500);
    EXPECT_EQ(read_all(ledger, true).clock.latest_ticks, 500u);
    TestLedger::put(live.anchor_sequence, 1);
    EXPECT_EQ(read_all(ledger, true).clock.latest_ticks, 0u);
    TestLedger::put(live.first_wall_ns, 5);  // 1970
    EXPECT_FALSE(read_all(ledger, true).clock.plausible);
}

TEST(Reader, GivesTheNewestHistoryAndCountsWhatIsLost) {
    TestLedger ledger;
    Recorder recorder = ledger.recorder(2);
    for (uint64_t i = 0; i < 20; ++i) record_event<RealStore>(recorder, i, {});
    const LedgerImage image = read_all(ledger);
    const History all = LedgerReader::history(ledger.source(), image, 2);
    EXPECT_EQ(all.lost, 4u);
    ASSERT_EQ(all.events.size(), 16u);
    EXPECT_EQ(all.events[0].position, 4u);
    EXPECT_EQ(all.events[15].subject, 19u);
    const History rest = LedgerReader::history(ledger.source(), image, 2, 18);
    EXPECT_EQ(rest.lost, 0u);
    EXPECT_EQ(rest.events.size(), 2u);
    EXPECT_TRUE(LedgerReader::history(ledger.source(), image, 2, 20).events.empty());
    // While it is copied its writer goes on: what may be half overwritten is lost, and the sum is still right.
    for (uint64_t i = 0; i < 5; ++i) record_event<RealStore>(recorder, i, {});
    const History later = LedgerReader::history(ledger.source(), image, 2);
    EXPECT_EQ(later.events.size() + later.lost, 20u);
    EXPECT_EQ(later.events.front().position, 10u);
    for (uint64_t i = 0; i < 16; ++i) record_event<RealStore>(recorder, i, {});
    const History gone = LedgerReader::history(ledger.source(), image, 2);
    EXPECT_TRUE(gone.events.empty());
    EXPECT_EQ(gone.lost, 20u);
    EXPECT_EQ(image.events_lost(), 4u);
}

TEST(Reader, ReadsNoMoreThanItIsAskedFor) {
    TestLedger ledger;
    ledger.set_chip(0, 1, 0);
    ledger.open(1, 1);
    Recorder recorder = ledger.recorder(0);
    const uint64_t handle = ledger.alloc(recorder, 1, TestLedger::body(0, 1000), 55);
    LedgerReader reader;
    LedgerImage image;
    ASSERT_TRUE(reader.read(ledger.source(), {.unique_ids = false}, image).ok());
    EXPECT_EQ(image.live.size(), 1u);
    EXPECT_EQ(image.unique_id(handle), 0u);
    ASSERT_TRUE(reader.read(ledger.source(), {.live_slots = false}, image).ok());
    EXPECT_TRUE(image.live.empty());
    EXPECT_EQ(image.sessions[1].rows[0].live.requested, 1000u);
}

TEST(Reader, KeepsItsMemoryFromOneLedgerToALargerOne) {
    LedgerReader reader;
    LedgerImage image;
    for (const uint64_t slots : {64u, 200'000u, 64u}) {
        Geometry geometry = TestLedger::small();
        geometry.slots = slots;
        TestLedger ledger(geometry);
        ledger.set_chip(0, 1, 0);
        ledger.open(1, 1);
        Recorder recorder = ledger.recorder(0);
        for (uint32_t slot = 1; slot < slots; ++slot) ledger.alloc(recorder, slot, TestLedger::body(slot, 1));
        ASSERT_TRUE(reader.read(ledger.source(), {}, image).ok());
        EXPECT_EQ(image.live.size(), slots - 1);
        EXPECT_EQ(image.sessions[1].rows[0].live.requested, slots - 1);
    }
    LedgerReader moved(std::move(reader)), again;
    again = std::move(moved);
    TestLedger ledger;
    EXPECT_TRUE(again.read(ledger.source(), {}, image).ok());
}

TEST(Reader, GivesSumsThatAreTooLargeAsTheGreatestNumber) {
    Geometry geometry = TestLedger::small();
    geometry.slots = 9000;
    TestLedger ledger(geometry);
    ledger.set_chip(0, 1, 0);
    ledger.open(1, 1);
    Recorder recorder = ledger.recorder(0);
    Body body = TestLedger::body(0, 1);
    body.where = pack_where(0, 4095, 12);
    body.taken = pack_taken((1ull << 40) - 1, 0);
    for (uint32_t slot = 1; slot < 9000; ++slot) ledger.alloc(recorder, slot, body);
    EXPECT_EQ(read_all(ledger).sessions[1].rows[0].live.reserved, UINT64_MAX);
}

TEST(Reader, LeavesOutWhatIsNotWrittenYet) {
    TestLedger ledger;
    const uint32_t owner = ledger.add_owner(ledger.add_text("matmul"), 0, 7);
    TestLedger::put(ledger.map.header->live.owners_used, owner + 2);  // one more is claimed
    ledger.set_chip(0, 1, 0);
    TestLedger::put(ledger.map.chips[1].sequence, 1);  // its first description is under way
    const LedgerImage image = read_all(ledger);
    EXPECT_EQ(image.owners[owner].thread, 7u);
    EXPECT_EQ(image.chips.size(), 1u);
    EXPECT_EQ(image.quality.bad_records, 1u);
}

TEST(Reader, IgnoresASlotWithTheNumberOfNone) {
    TestLedger ledger;
    TestLedger::put(ledger.map.slots[0].control, make_control(7, SlotState::kLive));
    EXPECT_TRUE(read_all(ledger, true).live.empty());
}

TEST(Reader, GivesFailuresInTheirOrder) {
    TestLedger ledger;
    for (uint64_t number = 0; number < 6; ++number) {  // of which the table keeps four
        FailureRecord& record = ledger.map.failures[number % 4];
        constexpr size_t kWords = (sizeof(FailureRecord) - offsetof(FailureRecord, what)) / 8;
        uint64_t words[kWords] = {1 | 100ull << 16};
        for (size_t i = 0; i < kWords; ++i) TestLedger::put((&record.what)[i], words[i]);
        TestLedger::put(record.check, check_sum(words, kWords));
        TestLedger::put(record.position, number + 1);
    }
    const LedgerImage image = read_all(ledger);
    ASSERT_EQ(image.failures.size(), 4u);
    for (uint64_t i = 0; i < 4; ++i) EXPECT_EQ(image.failures[i].number, i + 2);
    EXPECT_EQ(image.failures[0].banks, 100u);
}

TEST(Reader, KnowsAFailureOfASessionWhoseRecordAnotherOneHas) {
    TestLedger ledger;
    ledger.set_chip(0, 7, 0);
    ledger.open(1, 1);
    const uint64_t sessions[] = {1, 1, 1, 7000};
    const uint64_t generations[] = {1, 9, 0, 1};  // 0: of a ledger that does not say
    for (uint64_t number = 0; number < 4; ++number) {
        FailureRecord& record = ledger.map.failures[number];
        constexpr size_t kWords = (sizeof(FailureRecord) - offsetof(FailureRecord, what)) / 8;
        uint64_t words[kWords] = {1 | sessions[number] << 32};
        words[(offsetof(FailureRecord, session_generation) - offsetof(FailureRecord, what)) / 8] = generations[number];
        for (size_t i = 0; i < kWords; ++i) TestLedger::put((&record.what)[i], words[i]);
        TestLedger::put(record.check, check_sum(words, kWords));
        TestLedger::put(record.position, number + 1);
    }
    const LedgerImage image = read_all(ledger);
    ASSERT_EQ(image.failures.size(), 4u);
    const uint64_t seen[] = {1, 0, 1, 0};
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(image.failures[i].session, seen[i]);
}

// As 1.1 wrote it: sessions without what is untracked now, and no word on how many slots have memory.
TEST(Reader, TakesAllThatWasEverUntrackedForWhatMayBeSoNowInOlderLedgers) {
    TestLedger ledger;
    ledger.set_chip(0, 7, 0);
    ledger.open(1, 1);
    Recorder recorder = ledger.recorder(0);
    ledger.alloc(recorder, 1, TestLedger::body(4096, 1000));
    TestLedger::put(ledger.row(1, 0)->untracked_allocations, 3);
    TestLedger::put(ledger.row(1, 0)->untracked_requested, 300);
    TestLedger::put(ledger.row(1, 0)->untracked_reserved, 360);
    LiveHeader& live = ledger.map.header->live;
    TestLedger::put(live.untracked_allocations, 5), TestLedger::put(live.untracked_bytes, 500);
    TestLedger::put(live.slots_ready, 0);
    unsigned char* sessions = reinterpret_cast<unsigned char*>(ledger.map.sessions);
    std::memmove(sessions + kSessionBytesBefore2, sessions + sizeof(SessionRecord), kSessionBytesBefore2);
    StaticHeader& fixed = ledger.map.header->fixed;
    fixed.format_minor = 1;
    for (Region& region : fixed.regions) {
        if (region.type == static_cast<uint32_t>(RegionType::kSessions)) region.stride = kSessionBytesBefore2;
    }
    ledger.reseal();
    for (const bool dead : {true, false}) {
        const LedgerImage image = read_all(ledger, dead);
        const RowImage& row = image.sessions[1].rows[0];
        EXPECT_EQ(row.live.requested, 1000u);
        EXPECT_EQ(row.untracked_now.allocations, 3u);
        EXPECT_EQ(row.untracked_now.requested, 300u);
        EXPECT_EQ(row.most_peak_reserved, row.peak_reserved + 360);
        EXPECT_EQ(image.counters.untracked_now_allocations, 5u);
        EXPECT_EQ(image.counters.untracked_now_bytes, 500u);
    }
}

TEST(Reader, KnowsTwoClocks) {
    TestLedger ledger;
    StaticHeader& fixed = ledger.map.header->fixed;
    for (const uint32_t kind : {0u, static_cast<uint32_t>(ClockKind::kTsc), 99u}) {
        fixed.clock_kind = kind;
        ledger.reseal();
        EXPECT_EQ(read_all(ledger).clock.plausible, kind == static_cast<uint32_t>(ClockKind::kTsc)) << kind;
    }
    fixed.clock_kind = static_cast<uint32_t>(ClockKind::kMonotonicCoarse);
    ledger.reseal();
    Word& latest = ledger.map.header->live.latest_wall_ns;
    TestLedger::put(latest, 9'000'000'000'000'000'000);  // 2255
    EXPECT_FALSE(read_all(ledger).clock.plausible);
}

}  // namespace
}  // namespace ttmem::ledger

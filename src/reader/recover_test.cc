#include "src/reader/recover.h"

#include <gtest/gtest.h>

#include <setjmp.h>

#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

// Dies (leaves by a jump) at a chosen shared store.
struct DyingStore {
    static inline uint64_t stores = 0, last = 0;
    static inline jmp_buf death;

    static void step() {
        if (++stores == last) longjmp(death, 1);
    }
    static void put(Word& word, uint64_t value) {
        word.store(value, std::memory_order_relaxed);
        step();
    }
    static void publish(Word& word, uint64_t value) { put(word, value); }
    static void fence() {}
    static uint64_t add(Word& word, uint64_t delta) {
        const uint64_t before = word.fetch_add(delta);
        step();
        return before;
    }
    static bool exchange(Word& word, uint64_t& expected, uint64_t desired) {
        const bool done = word.compare_exchange_strong(expected, desired);
        step();
        return done;
    }
};

// Runs `operation` and kills it after `stores` stores; false when it was through before.
template <class Operation>
bool die_after(uint64_t stores, const Operation& operation) {
    DyingStore::stores = 0;
    DyingStore::last = stores;
    if (setjmp(DyingStore::death) == 0) {
        operation();
        return false;
    }
    return true;
}

LedgerImage read_dead(const TestLedger& ledger) {
    LedgerReader reader;
    LedgerImage image;
    const ReadOutcome outcome = reader.read(ledger.source(), {.writer_is_dead = true}, image);
    EXPECT_TRUE(outcome.ok()) << outcome.reason;
    return image;
}

// Two operations first, so that nothing is 0 by chance.
struct Scene {
    TestLedger ledger;
    Recorder recorder = ledger.recorder(1);
    uint64_t held;

    explicit Scene(uint64_t events_before = 0) {
        ledger.set_chip(0, 1, 0);
        ledger.open(1, 1);
        held = ledger.alloc(recorder, 1, TestLedger::body(0x4000, 100), 11);
        for (uint64_t i = 0; i < events_before; ++i) record_event<RealStore>(recorder, i, {});
        TestLedger::raise_to(ledger.map.header->live.slots_used, 3);
    }
};

TEST(Recover, AnAllocKilledAtAnyStoreHappenedOrDidNot) {
    for (const uint64_t before : {0u, 14u, 15u, 40u}) {
        bool seen_before = false, seen_after = false, seen_rebuilt = false;
        for (uint64_t stores = 1;; ++stores) {
            Scene scene(before);
            const bool died = die_after(stores, [&] {
                record_begin<DyingStore, true>(scene.recorder, 2, TestLedger::body(0x8000, 50), SlotState::kLive,
                                               scene.ledger.row(1, 0), 22, 5);
            });
            const LedgerImage image = read_dead(scene.ledger);
            const bool happened = image.live.size() == 2;
            EXPECT_EQ(image.quality.torn_slots, 0u);
            EXPECT_EQ(image.sessions[1].rows[0].live.requested, happened ? 150u : 100u);
            EXPECT_EQ(image.sessions[1].rows[0].peak_requested, happened ? 150u : 100u);
            const RingImage& ring = image.rings[1];
            EXPECT_EQ(ring.operations, before + (happened ? 2u : 1u)) << stores;
            EXPECT_EQ(ring.events, ring.operations);
            const History history = LedgerReader::history(scene.ledger.source(), image, 1);
            EXPECT_EQ(history.events.size() + history.lost, ring.operations);
            EXPECT_LE(history.lost, ring.operations > 15 ? ring.operations - 15 : 0) << "only the oldest may be lost";
            if (happened) {
                ASSERT_FALSE(history.events.empty());
                const HistoryEvent& last = history.events.back();
                EXPECT_EQ(last.body.op(), Op::kAlloc);
                EXPECT_EQ(handle_slot(last.subject), 2u);
                EXPECT_EQ(last.body.requested_bytes(), 50u);
                EXPECT_EQ(last.low, 5u);
                EXPECT_EQ(last.position, ring.operations - 1);
            }
            seen_before = seen_before || (died && !happened);
            seen_after = seen_after || (died && happened);
            seen_rebuilt = seen_rebuilt || ring.rebuilt;
            if (!died) break;
        }
        EXPECT_TRUE(seen_before && seen_after && seen_rebuilt);
    }
}

TEST(Recover, AFreeKilledAtAnyStoreHappenedOrDidNot) {
    bool seen_before = false, seen_after = false;
    for (uint64_t stores = 1;; ++stores) {
        Scene scene;
        scene.recorder.owner = 9;
        const bool died = die_after(stores, [&] {
            const auto rows = [&](uint32_t session, uint32_t pool) { return scene.ledger.row(session, pool); };
            const uint64_t control = scene.ledger.map.slots[1].control.load();
            record_end<DyingStore, true>(scene.recorder, scene.held, control, Op::kFree, 7'000, rows);
        });
        const LedgerImage image = read_dead(scene.ledger);
        const bool happened = image.live.empty();
        const RingImage& ring = image.rings[1];
        EXPECT_EQ(image.quality.torn_slots, 0u);
        EXPECT_EQ(image.sessions[1].rows[0].live.requested, happened ? 0u : 100u);
        EXPECT_EQ(image.sessions[1].rows[0].peak_requested, 100u);
        EXPECT_EQ(ring.operations, happened ? 2u : 1u);
        const History history = LedgerReader::history(scene.ledger.source(), image, 1);
        EXPECT_EQ(history.lost, 0u);
        ASSERT_EQ(history.events.size(), ring.operations);
        if (happened) {
            const HistoryEvent& last = history.events.back();
            EXPECT_EQ(last.subject, scene.held);
            EXPECT_EQ(last.body.op(), Op::kFree);
            EXPECT_EQ(last.body.requested_bytes(), 100u);
            EXPECT_EQ(last.body.clock(), 7'000u);
            EXPECT_EQ(last.low, 9u);
            EXPECT_GT(last.body.lamport(), history.events.front().body.lamport());
        }
        seen_before = seen_before || (died && !happened);
        seen_after = seen_after || (died && happened);
        if (!died) break;
    }
    EXPECT_TRUE(seen_before && seen_after);
}

TEST(Recover, WithoutEventsAnOperationIsCountedAndNothingRebuilt) {
    for (uint64_t stores = 1;; ++stores) {
        Scene scene;
        const bool died = die_after(stores, [&] {
            record_begin<DyingStore, false>(scene.recorder, 2, TestLedger::body(0x8000, 50), SlotState::kLive,
                                            scene.ledger.row(1, 0), 0, 0);
        });
        const LedgerImage image = read_dead(scene.ledger);
        EXPECT_EQ(image.rings[1].operations, image.live.size());
        EXPECT_EQ(image.rings[1].events, 1u);
        EXPECT_FALSE(image.rings[1].rebuilt);
        if (!died) break;
    }
}

TEST(Recover, AnEventKilledAtAnyStoreWasPublishedOrNot) {
    for (uint64_t stores = 1;; ++stores) {
        Scene scene;
        const bool died = die_after(stores, [&] { record_event<DyingStore>(scene.recorder, 5, {}, 3); });
        const LedgerImage image = read_dead(scene.ledger);
        const RingImage& ring = image.rings[1];
        EXPECT_EQ(ring.operations, ring.events);
        EXPECT_FALSE(ring.rebuilt);
        if (!died) break;
    }
}

TEST(Recover, AFreeThatAnotherRingWonIsIgnored) {
    bool died = true;
    for (uint64_t stores = 1; died; ++stores) {
        Scene scene;
        // Ring 1 is about to free; ring 2 does it first; then ring 1 dies on its way to the failing exchange.
        Recorder other = scene.ledger.recorder(2);
        const uint64_t control = scene.ledger.map.slots[1].control.load();
        EXPECT_TRUE(scene.ledger.free(other, scene.held));
        const auto rows = [&](uint32_t session, uint32_t pool) { return scene.ledger.row(session, pool); };
        died = die_after(
            stores, [&] { record_end<DyingStore, true>(scene.recorder, scene.held, control, Op::kFree, 7'000, rows); });
        const LedgerImage image = read_dead(scene.ledger);
        EXPECT_EQ(image.rings[1].operations, 1u);
        EXPECT_EQ(image.rings[2].operations, 1u);
        EXPECT_FALSE(image.rings[1].rebuilt);
        EXPECT_TRUE(image.live.empty());
    }
}

TEST(Recover, AnAllocWhoseSlotWentOnWithoutItStillHappened) {
    Scene scene;
    const uint64_t handle = make_handle(TestLedger::kFirstGeneration + 1, 2);
    // Dies right after the commit; then the slot is retired and used again by another thread.
    uint64_t stores = 1;
    for (;; ++stores) {
        Scene probe;
        die_after(stores, [&] {
            record_begin<DyingStore, true>(probe.recorder, 2, TestLedger::body(0x8000, 50), SlotState::kLive,
                                           probe.ledger.row(1, 0), 0, 0);
        });
        if (control_is_live(probe.ledger.map.slots[2].control.load())) break;
    }
    die_after(stores, [&] {
        record_begin<DyingStore, true>(scene.recorder, 2, TestLedger::body(0x8000, 50), SlotState::kLive,
                                       scene.ledger.row(1, 0), 0, 0);
    });
    scene.ledger.map.slots[2].control.store(make_control(handle_generation(handle), SlotState::kFree, kRetired));
    Recorder other = scene.ledger.recorder(2);
    scene.ledger.alloc(other, 2, TestLedger::body(0x9000, 70));
    const LedgerImage image = read_dead(scene.ledger);
    EXPECT_EQ(image.rings[1].operations, 2u);
    EXPECT_TRUE(image.rings[1].rebuilt);
    EXPECT_EQ(image.rings[1].rebuilt_event.subject, handle);
    EXPECT_EQ(image.rings[1].rebuilt_event.body.op(), Op::kAlloc);
}

TEST(Recover, ARedoRecordOfASlotThatIsNoneOrOfAnotherLifeIsIgnored) {
    for (const Op op : {Op::kAlloc, Op::kFree}) {
        for (const uint64_t handle :
             {make_handle(TestLedger::kFirstGeneration, 4000), make_handle(TestLedger::kFirstGeneration + 77, 1)}) {
            Scene scene;
            RingHeader& ring = scene.ledger.map.rings[1];
            TestLedger::put(ring.redo_handle, handle);
            TestLedger::put(ring.redo_op, pack_redo(ring.position, true, op));
            TestLedger::put(ring.sequence, ring.sequence + 1);
            const LedgerImage image = read_dead(scene.ledger);
            EXPECT_EQ(image.rings[1].operations, 1u);
            EXPECT_FALSE(image.rings[1].committed || image.rings[1].rebuilt);
            EXPECT_EQ(image.live.size(), 1u);
        }
    }
}

TEST(Recover, OfAnAllocWhoseSlotIsDamagedIsKnownThatItHappened) {
    Scene scene;
    RingHeader& ring = scene.ledger.map.rings[1];
    TestLedger::put(ring.position, ring.position - 1);  // its event is not published yet
    TestLedger::put(ring.redo_op, pack_redo(ring.position, true, Op::kAlloc));
    TestLedger::put(ring.sequence, ring.sequence - 1);
    LedgerImage image = read_dead(scene.ledger);
    EXPECT_TRUE(image.rings[1].rebuilt);
    EXPECT_EQ(image.rings[1].rebuilt_event.body.requested_bytes(), 100u);
    EXPECT_TRUE(LedgerReader::history(scene.ledger.source(), image, 1, 99).events.empty());
    EXPECT_EQ(LedgerReader::history(scene.ledger.source(), image, 1).events.size(), 1u);
    scene.ledger.map.slots[1].where.fetch_xor(1ull << 30);
    image = read_dead(scene.ledger);
    EXPECT_TRUE(image.rings[1].rebuilt);
    EXPECT_EQ(image.rings[1].rebuilt_event.body.requested_bytes(), 0u);
    EXPECT_EQ(image.rings[1].rebuilt_event.body.op(), Op::kAlloc);
}

}  // namespace
}  // namespace ttmem::ledger

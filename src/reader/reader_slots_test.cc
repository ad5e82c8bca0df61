// Large tables of slots, which several threads scan together.
#include "src/reader/slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <set>

#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

constexpr uint32_t kSlots = 100'000;

Geometry large() {
    Geometry geometry = TestLedger::small();
    geometry.slots = kSlots;
    geometry.events_per_ring = 1 << 18;
    return geometry;
}

class LargeTable : public ::testing::Test {
protected:
    LargeTable() : recorder_(ledger_.recorder(0)) {
        ledger_.set_chip(0, 1, 0);
        ledger_.open(1, 1);
        ledger_.open(2, 1);
    }

    // Most of the first part, less and less of what follows; and a few programs among them.
    void fill() {
        std::mt19937 random(1);
        for (uint32_t slot = 1; slot < kSlots; ++slot) {
            if (random() % kSlots < slot) continue;
            Body body = TestLedger::body(slot, 1 + random() % 1'000'000, 1 + random() % 2, random() % kPools);
            if (random() % 100 == 0) body = {0, 0, 0, 0, pack_order(0, 0, 15), pack_time(0, 0, Op::kProgram)};
            ledger_.alloc(recorder_, slot, body);
        }
    }

    LedgerImage read(const ByteSource& source, uint32_t threads, bool dead = false) {
        LedgerReader reader;
        LedgerImage image;
        const ReadOutcome outcome = reader.read(source, {.writer_is_dead = dead, .threads = threads}, image);
        EXPECT_TRUE(outcome.ok()) << outcome.reason;
        return image;
    }

    static void expect_same(LedgerImage& a, LedgerImage& b) {
        const auto by_handle = [](const LiveSlot& x, const LiveSlot& y) { return x.handle < y.handle; };
        std::sort(a.live.begin(), a.live.end(), by_handle);
        std::sort(b.live.begin(), b.live.end(), by_handle);
        ASSERT_EQ(a.live.size(), b.live.size());
        for (size_t i = 0; i < a.live.size(); ++i) {
            ASSERT_EQ(a.live[i].handle, b.live[i].handle);
            ASSERT_EQ(a.live[i].body.requested, b.live[i].body.requested);
        }
        for (uint32_t session = 1; session <= 2; ++session) {
            for (uint32_t pool = 0; pool < kPools; ++pool) {
                const Figures& left = a.sessions[session].rows[pool].live;
                const Figures& right = b.sessions[session].rows[pool].live;
                EXPECT_EQ(left.requested, right.requested);
                EXPECT_EQ(left.reserved, right.reserved);
                EXPECT_EQ(left.allocations, right.allocations);
            }
        }
        EXPECT_EQ(a.quality.bad_slots, b.quality.bad_slots);
        EXPECT_EQ(a.quality.torn_slots, b.quality.torn_slots);
        EXPECT_TRUE(a.quality.single_moment);
        EXPECT_TRUE(b.quality.single_moment);
    }

    void expect_same_with_any_threads(bool dead) {
        LedgerImage alone = read(ledger_.source(), 1, dead);
        EXPECT_GT(alone.live.size(), kSlots / 3);
        for (const uint32_t threads : {2u, 3u, 6u, 50u}) {
            SCOPED_TRACE(threads);
            LedgerImage together = read(ledger_.source(), threads, dead);
            expect_same(together, alone);
        }
    }

    TestLedger ledger_{large()};
    Recorder recorder_;
};

TEST_F(LargeTable, ReadsTheSameWithAnyNumberOfThreads) {
    fill();
    expect_same_with_any_threads(false);
}

TEST_F(LargeTable, OfADeadProcessWithDamageReadsTheSameWithAnyNumberOfThreads) {
    fill();
    for (uint32_t slot = 7; slot < kSlots; slot += 777) TestLedger::put(ledger_.map.slots[slot].requested, slot);
    for (uint32_t slot = 9; slot < kSlots; slot += 999) ledger_.alloc(recorder_, slot, TestLedger::body(1, 1, 5));
    expect_same_with_any_threads(true);
    const LedgerImage image = read(ledger_.source(), 4, true);
    EXPECT_GT(image.quality.bad_slots, 0u);
    EXPECT_GT(image.quality.torn_slots, 0u);
}

// Runs of allocations that are alike, of which some are not as the others, and what is right on its own but not in its
// place.
TEST_F(LargeTable, SumsUpWhatItShowsAndLeavesOutWhatIsNotSound) {
    Figures expected[3][kPools];
    std::set<uint64_t> live;
    uint64_t bad = 0;
    for (uint32_t slot = 1; slot < 30'000; ++slot) {
        if (slot % 97 < 3) continue;  // was never used
        const uint32_t session = 1 + slot / 40 % 2, pool = slot / 9 % kPools;
        Body body = TestLedger::body(slot, slot, session, pool);
        const bool sound = slot % 23 != 0;
        if (!sound) body.where = pack_where(slot, 12, 13);
        const SlotState state = slot % 31 == 0 ? SlotState::kPersistent : SlotState::kLive;
        const uint64_t handle = ledger_.alloc(recorder_, slot, body, 0, state);
        if (slot % 41 == 0) {
            ledger_.free(recorder_, handle);
            continue;
        }
        bad += !sound;
        if (!sound) continue;
        live.insert(handle);
        Figures& sum = expected[session][pool];
        sum = {sum.requested + slot, sum.reserved + body.reserved_bytes(), sum.allocations + 1};
    }
    const LedgerImage image = read(ledger_.source(), 3);
    EXPECT_EQ(image.quality.bad_slots, bad);
    ASSERT_EQ(image.live.size(), live.size());
    for (const LiveSlot& slot : image.live) {
        const uint64_t number = handle_slot(slot.handle);
        EXPECT_TRUE(live.contains(slot.handle));
        EXPECT_EQ(slot.body.address(), number);
        EXPECT_EQ(slot.persistent(), number % 31 == 0);
        EXPECT_EQ(slot.stack, 7u);
    }
    for (uint32_t session = 1; session <= 2; ++session) {
        for (uint32_t pool = 0; pool < kPools; ++pool) {
            const Figures& sum = image.sessions[session].rows[pool].live;
            EXPECT_EQ(sum.requested, expected[session][pool].requested);
            EXPECT_EQ(sum.reserved, expected[session][pool].reserved);
            EXPECT_EQ(sum.allocations, expected[session][pool].allocations);
        }
    }
}

// Lets something happen when the slots from one of them on are read for the first time.
class EventfulTable final : public ByteSource {
public:
    EventfulTable(const TestLedger& ledger, uint32_t slot, std::function<void()> event)
        : whole_(ledger.source()),
          offset_(ledger.map.header->fixed.regions[6].offset + slot * sizeof(Slot)),
          event_(std::move(event)) {}
    uint64_t size() const override { return whole_.size(); }
    bool read(uint64_t offset, void* into, size_t bytes) const override {
        if (offset <= offset_ && offset_ < offset + bytes && !happened_.exchange(true)) event_();
        return whole_.read(offset, into, bytes);
    }

private:
    const MemorySource whole_;
    const uint64_t offset_;
    const std::function<void()> event_;
    mutable std::atomic<bool> happened_{false};
};

TEST_F(LargeTable, ShowsWhatHappenedWhileThreadsScannedIt) {
    fill();
    std::set<uint64_t> live;
    for (const LiveSlot& slot : read(ledger_.source(), 1).live) live.insert(slot.handle);
    // Frees in all parts, and allocations in the slots that this made free.
    const EventfulTable source(ledger_, 40'000, [&] {
        std::vector<uint64_t> handles(live.begin(), live.end());
        std::shuffle(handles.begin(), handles.end(), std::mt19937(2));
        for (size_t i = 0; i < 20'000; ++i) {
            if (ledger_.map.slots[handle_slot(handles[i])].time.load() % 256 != static_cast<uint64_t>(Op::kAlloc))
                continue;
            ledger_.free(recorder_, handles[i]);
            live.erase(handles[i]);
            if (i % 2 == 0) {
                const auto slot = static_cast<uint32_t>(handle_slot(handles[i]));
                live.insert(ledger_.alloc(recorder_, slot, TestLedger::body(slot, 77, 2, 1)));
            }
        }
    });
    LedgerImage image = read(source, 5);
    LedgerImage now = read(ledger_.source(), 1);
    EXPECT_EQ(image.quality.attempts, 1u);
    expect_same(image, now);
    ASSERT_EQ(image.live.size(), live.size());
    for (const LiveSlot& slot : image.live) EXPECT_TRUE(live.contains(slot.handle));
}

// Ends where it says.
class ShortSource final : public ByteSource {
public:
    ShortSource(const TestLedger& ledger, uint64_t end) : whole_(ledger.source()), end_(end) {}
    uint64_t size() const override { return whole_.size(); }
    bool read(uint64_t offset, void* into, size_t bytes) const override {
        return offset + bytes <= end_ && whole_.read(offset, into, bytes);
    }

private:
    const MemorySource whole_;
    const uint64_t end_;
};

TEST_F(LargeTable, ThatBecameShorterIsRefusedWhicheverThreadSeesIt) {
    fill();
    const uint64_t slots = ledger_.map.header->fixed.regions[6].offset;
    for (const uint32_t slot : {0u, 10'000u, 50'000u, 99'000u}) {
        LedgerReader reader;
        LedgerImage image;
        const ReadOutcome outcome = reader.read(ShortSource(ledger_, slots + slot * sizeof(Slot)),
                                                {.writer_is_dead = true, .threads = 4}, image);
        EXPECT_EQ(outcome.status, ReadStatus::kCorrupt);
    }
}

}  // namespace
}  // namespace ttmem::ledger

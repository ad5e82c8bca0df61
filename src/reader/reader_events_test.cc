// Snapshots during which exactly one thing happens, told by its event.
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "src/reader/reader.h"
#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

// Lets something happen once, right before or right after the slots are copied: after the positions of the rings were
// read first, and before they are read last.
class EventfulSource final : public ByteSource {
public:
    EventfulSource(const TestLedger& ledger, std::function<void()> before, std::function<void()> after)
        : whole_(ledger.source()),
          slots_(ledger.map.header->fixed.regions[6].offset),
          before_(std::move(before)),
          after_(std::move(after)) {}
    uint64_t size() const override { return whole_.size(); }
    bool read(uint64_t offset, void* into, size_t bytes) const override {
        const bool now = offset == slots_ && !happened_;
        happened_ = happened_ || now;
        if (now && before_) before_();
        const bool done = whole_.read(offset, into, bytes);
        if (now && after_) after_();
        return done;
    }

private:
    MemorySource whole_;
    uint64_t slots_;
    std::function<void()> before_, after_;
    mutable bool happened_ = false;
};

class EventfulSnapshot : public ::testing::Test {
protected:
    EventfulSnapshot() {
        ledger.set_chip(0, 1, 0);
        ledger.open(1, 1);
        TestLedger::put(ledger.map.header->live.slots_used, 4);
    }

    // What is read when these happen during the scan.
    LedgerImage read(std::function<void()> before, std::function<void()> after) {
        LedgerReader reader;
        LedgerImage image;
        EXPECT_TRUE(reader.read(EventfulSource(ledger, std::move(before), std::move(after)), {}, image).ok());
        EXPECT_TRUE(image.quality.single_moment);
        EXPECT_EQ(image.quality.attempts, 1u);
        uint64_t requested = 0;
        for (const LiveSlot& slot : image.live) requested += slot.body.requested_bytes();
        EXPECT_EQ(image.sessions[1].rows[0].live.requested, requested);
        return image;
    }

    TestLedger ledger;
    Recorder first = ledger.recorder(0), second = ledger.recorder(1);
};

TEST_F(EventfulSnapshot, HasWhatCameAfterItsSlotWasSeenWithItsMark) {
    ledger.alloc(first, 1, TestLedger::body(0, 10));
    const LedgerImage image = read(nullptr, [&] {
        ledger.alloc(first, 2, TestLedger::body(4096, 20), 0, SlotState::kPersistent);
        const uint64_t gone = ledger.alloc(first, 3, TestLedger::body(8192, 30));
        ledger.free(first, gone);
    });
    ASSERT_EQ(image.live.size(), 2u);
    EXPECT_EQ(image.live[1].body.requested_bytes(), 20u);
    EXPECT_TRUE(image.live[1].persistent()) << "an event does not tell it";
}

TEST_F(EventfulSnapshot, HasTheMarkThatCameAfterItsSlotWasSeen) {
    const uint64_t handle = ledger.alloc(first, 1, TestLedger::body(0, 10));
    const LedgerImage image = read(nullptr, [&] {
        Body body = TestLedger::body(0, 10);
        body.time = pack_time(7'000, 1, Op::kPersistent);
        record_event<RealStore>(second, handle, body);
        body.time = pack_time(7'000, 1, Op::kView);  // of no slot, and of one that does not exist
        record_event<RealStore>(second, handle, body);
        body.time = pack_time(7'000, 1, Op::kFree);
        record_event<RealStore>(second, make_handle(1, 60), body);
    });
    ASSERT_EQ(image.live.size(), 1u);
    EXPECT_TRUE(image.live[0].persistent());
}

TEST_F(EventfulSnapshot, LacksWhatWentAfterItsSlotWasSeen) {
    const uint64_t stays = ledger.alloc(first, 1, TestLedger::body(0, 10));
    const uint64_t goes = ledger.alloc(first, 2, TestLedger::body(4096, 20));
    const LedgerImage image = read(nullptr, [&] { ledger.free(second, goes); });
    ASSERT_EQ(image.live.size(), 1u);
    EXPECT_EQ(image.live[0].handle, stays);
}

TEST_F(EventfulSnapshot, DoesNotBringBackWhatWasSeenAsFreed) {
    // Born and freed before its slot was seen; of the free the event is not published yet, of the birth it is.
    const LedgerImage image = read(
        [&] {
            const uint64_t handle = ledger.alloc(first, 2, TestLedger::body(4096, 20));
            ledger.map.slots[2].control.store(make_control(handle_generation(handle), SlotState::kFree, 2));
        },
        nullptr);
    EXPECT_TRUE(image.live.empty());
}

TEST_F(EventfulSnapshot, DoesNotLetAnOlderLifeOfASlotHideTheNewerOne) {
    uint64_t newer = 0;
    const LedgerImage image = read(
        [&] {
            ledger.free(second, ledger.alloc(second, 2, TestLedger::body(4096, 20)));
            newer = ledger.alloc(first, 2, TestLedger::body(4096, 30));  // its ring is drained first
        },
        nullptr);
    ASSERT_EQ(image.live.size(), 1u);
    EXPECT_EQ(image.live[0].handle, newer);
}

TEST_F(EventfulSnapshot, ShowsOneLifeOfASlotThatWasRetiredWithoutAnEvent) {
    ledger.alloc(first, 2, TestLedger::body(4096, 20));
    uint64_t newer = 0;
    const LedgerImage image = read(nullptr, [&] {
        const uint64_t control = ledger.map.slots[2].control.load();
        ledger.map.slots[2].control.store(make_control(control_generation(control), SlotState::kFree, kRetired));
        newer = ledger.alloc(second, 2, TestLedger::body(4096, 30));
    });
    ASSERT_EQ(image.live.size(), 1u);
    EXPECT_EQ(image.live[0].handle, newer);
}

TEST_F(EventfulSnapshot, ReadsAgainWhenASessionWasClosedMeanwhile) {
    ledger.alloc(first, 1, TestLedger::body(0, 10));
    LedgerReader reader;
    LedgerImage image;
    const EventfulSource source(ledger, nullptr, [&] { ledger.close(1); });
    ASSERT_TRUE(reader.read(source, {}, image).ok());
    EXPECT_EQ(image.quality.attempts, 2u);
    EXPECT_TRUE(image.quality.single_moment);
    EXPECT_EQ(image.sessions[1].state, SessionState::kClosed);
}

TEST_F(EventfulSnapshot, ReadsAgainWhenARingWasOverwrittenMeanwhile) {
    const uint64_t stays = ledger.alloc(first, 1, TestLedger::body(0, 10));
    LedgerReader reader;
    LedgerImage image;
    const EventfulSource source(ledger, nullptr, [&] {
        for (int i = 0; i < 20; ++i) ledger.free(first, ledger.alloc(first, 2, TestLedger::body(4096, 20)));
    });
    ASSERT_TRUE(reader.read(source, {}, image).ok());
    EXPECT_EQ(image.quality.attempts, 2u);
    ASSERT_EQ(image.live.size(), 1u);
    EXPECT_EQ(image.live[0].handle, stays);
    ASSERT_TRUE(
        reader
            .read(EventfulSource(ledger, nullptr, [&] { TestLedger::put(ledger.map.header->live.ring_misses, 9); }),
                  {.attempts = 1}, image)
            .ok());
    EXPECT_FALSE(image.quality.single_moment) << "a thread without a ring did something";
}

}  // namespace
}  // namespace ttmem::ledger

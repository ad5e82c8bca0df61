// The worked example of docs/ledger-format.md is what the recorder writes, and the reader reads what the page says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "src/reader/plans.h"
#include "src/reader/reader.h"
#include "tests/docs/document.h"
#include "tests/docs/example_ledger.h"

namespace ttmem::ledger {
namespace {

// The page's bytes, aligned as MemorySource wants them.
class LedgerExample : public testing::Test {
protected:
    void SetUp() override {
        const std::vector<uint8_t> bytes = Document("ledger-format.md").bytes(make_example_ledger().size());
        words_.resize(bytes.size() / 8);
        std::memcpy(words_.data(), bytes.data(), bytes.size());
    }

    LedgerImage read(bool writer_is_dead) {
        LedgerImage image;
        const MemorySource source(words_.data(), words_.size() * 8);
        const ReadOutcome outcome = LedgerReader().read(source, {.writer_is_dead = writer_is_dead}, image);
        EXPECT_EQ(outcome.status, ReadStatus::kRecord) << outcome.reason;
        return image;
    }

    std::vector<uint64_t> words_;
};

TEST_F(LedgerExample, IsWhatTheRecorderWrites) {
    const std::vector<uint8_t> made = make_example_ledger();
    const auto* stated = reinterpret_cast<const uint8_t*>(words_.data());
    ASSERT_TRUE(std::equal(made.begin(), made.end(), stated))
        << "docs/ledger-format.md should have these lines in section 13:\n"
        << hex_lines(made);
}

TEST_F(LedgerExample, TellsWhoseItIs) {
    const LedgerImage image = read(true);
    EXPECT_EQ(image.fixed.pid, 4242u);
    EXPECT_STREQ(image.fixed.command_line, "decode --steps 1");
    EXPECT_EQ(image.state, LedgerState::kReady);
    ASSERT_EQ(image.chips.size(), 1u);
    EXPECT_EQ(image.chips[0].chip_id, 0x0123456789abcdefu);
    EXPECT_EQ(image.text(image.chips[0].arch), "wormhole_b0");
    EXPECT_EQ(image.chips[0].pools[0].banks, 12u);
    EXPECT_EQ(image.chips[0].pools[0].bytes_per_bank, 1'073'741'792u);
}

TEST_F(LedgerExample, HoldsTheSecondTensorOnly) {
    for (const bool dead : {true, false}) {
        const LedgerImage image = read(dead);
        ASSERT_EQ(image.live.size(), 2u);  // and a program
        const LiveSlot& tensor = image.live[0];
        EXPECT_EQ(tensor.handle, make_handle(0xa11cf, 2));
        EXPECT_EQ(tensor.body.address(), 350'240u);
        EXPECT_EQ(tensor.body.requested_bytes(), 524'288u);
        EXPECT_EQ(tensor.body.reserved_bytes(), 540'672u);
        EXPECT_EQ(image.text(image.owners.at(tensor.body.owner()).op), "ttnn.matmul");
        EXPECT_EQ(image.unique_id(tensor.handle), 78u);
        EXPECT_EQ(TickConverter(image.clock).wall_ns(tensor.body.clock()), 1'767'225'600'200'000'000);
        EXPECT_EQ(image.sessions.at(1).rows[0].live.requested, 524'288u);
        EXPECT_EQ(image.sessions.at(1).rows[0].peak_requested, 4'718'592u);
        EXPECT_EQ(image.sessions.at(1).rows[0].peak_reserved, 4'743'168u);
    }
}

TEST_F(LedgerExample, HasTheCircularBufferOfItsProgramResident) {
    for (const bool dead : {true, false}) {
        const LedgerImage image = read(dead);
        ASSERT_EQ(image.holdings.size(), 1u);
        const HoldingImage& holding = image.holdings[0];
        EXPECT_EQ(holding.program, make_handle(0xa11cf, 3));
        EXPECT_EQ(image.text(holding.name), "matmul");
        EXPECT_FALSE(holding.left_behind);
        const PairImage& pair = image.pairs.at(holding.pair);
        EXPECT_EQ(pair.session, 1u);
        EXPECT_EQ(pair.ticket, 1u);
        EXPECT_EQ(pair.resident_program, holding.program);
        const PlanImage& plan = image.plans.at(pair.plan - 1);
        ASSERT_EQ(plan.buffers.size(), 1u);
        EXPECT_EQ(plan.buffers[0].address, 101'152u);
        EXPECT_EQ(plan.buffers[0].bytes, 4096u);
        ASSERT_EQ(plan.buffers[0].ranges.size(), 1u);
        EXPECT_EQ(plan.buffers[0].ranges[0].x1, 7);
    }
}

TEST_F(LedgerExample, FinishesTheFreeThatWasInFlight) {
    const LedgerImage image = read(true);
    const RingImage& ring = image.rings.at(0);
    EXPECT_TRUE(ring.was_in_flight);
    EXPECT_TRUE(ring.committed);
    EXPECT_EQ(ring.operations, 6u);
    ASSERT_TRUE(ring.rebuilt);
    EXPECT_EQ(ring.rebuilt_event.subject, make_handle(0xa11cf, 1));
    EXPECT_EQ(ring.rebuilt_event.body.op(), Op::kFree);
    EXPECT_EQ(ring.rebuilt_event.body.requested_bytes(), 4'194'304u);
    EXPECT_EQ(ring.rebuilt_event.body.clock(), 3'906'250u);

    const MemorySource source(words_.data(), words_.size() * 8);
    const History history = LedgerReader::history(source, image, 0);
    EXPECT_EQ(history.lost, 0u);
    const std::vector<Op> expected = {Op::kProgram, Op::kCbPlan, Op::kDispatch, Op::kAlloc, Op::kAlloc, Op::kFree};
    ASSERT_EQ(history.events.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(history.events[i].body.op(), expected[i]);
    EXPECT_EQ(history.events[1].body.where, 1u) << "the number of the plan";
}

// A process of the version before wrote it; what that version did not know is told as not known.
TEST(LedgerBefore, OfFormat11IsReadAsItWas) {
    const std::vector<uint8_t> bytes = Document("ledger-1.1.md", "tests/docs").bytes(0x14000);
    std::vector<uint64_t> words(bytes.size() / 8);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    const size_t untracked = (0x81c0 + 128 + 32) / 8;  // of the first row: 3 allocations of 100 bytes that took 200
    words[untracked] = 3, words[untracked + 1] = 300, words[untracked + 2] = 600;
    words[(1024 + 192) / 8] = 3, words[(1024 + 200) / 8] = 300;
    for (const bool dead : {true, false}) {
        LedgerImage image;
        const MemorySource source(words.data(), words.size() * 8);
        const ReadOutcome outcome = LedgerReader().read(source, {.writer_is_dead = dead}, image);
        ASSERT_EQ(outcome.status, ReadStatus::kRecord) << outcome.reason;
        EXPECT_EQ(image.fixed.format_minor, 1);
        EXPECT_EQ(image.live.size(), 2u);
        const RowImage& row = image.sessions.at(1).rows[0];
        EXPECT_EQ(row.live.requested, 524'288u);
        EXPECT_EQ(row.peak_requested, 4'718'592u);
        EXPECT_EQ(row.untracked_now.allocations, 3u);
        EXPECT_EQ(row.untracked_now.requested, 300u);
        EXPECT_EQ(row.untracked_now.reserved, 600u);
        EXPECT_EQ(row.most_peak_requested, row.peak_requested + 300);
        EXPECT_EQ(row.most_peak_reserved, row.peak_reserved + 600);
        EXPECT_EQ(image.counters.untracked_now_allocations, 3u);
        EXPECT_EQ(image.counters.untracked_now_bytes, 300u);
        EXPECT_TRUE(image.notes.empty());
        EXPECT_EQ(image.holdings.size(), 1u);
    }
}

TEST(LedgerBefore, OfFormat12TellsOfPlansWithoutNamingThem) {
    const std::vector<uint8_t> bytes = Document("ledger-1.2.md", "tests/docs").bytes(0x14000);
    std::vector<uint64_t> words(bytes.size() / 8);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    const MemorySource source(words.data(), words.size() * 8);
    LedgerImage image;
    const ReadOutcome outcome = LedgerReader().read(source, {.writer_is_dead = true}, image);
    ASSERT_EQ(outcome.status, ReadStatus::kRecord) << outcome.reason;
    EXPECT_EQ(image.fixed.format_minor, 2);
    EXPECT_EQ(image.holdings.size(), 1u);
    const History history = LedgerReader::history(source, image, 0);
    ASSERT_EQ(history.events.size(), 6u);
    EXPECT_EQ(history.events[1].body.op(), Op::kCbPlan);
    EXPECT_FALSE(read_plan(source, image.regions, history.events[1].body.where));
}

}  // namespace
}  // namespace ttmem::ledger

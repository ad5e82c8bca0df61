#include "src/analysis/failures/last_failure.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// A clash with a buffer that is freed afterwards, on a chip whose L1 begins at 1,000 and has 10,000 B.
class LastFailureTest : public testing::Test {
protected:
    LastFailureTest() {
        place = maker.place({1});
        ChipDescription& chip = maker.use(0, 1).chip;
        chip.l1_base = 1000;
        chip.l1_bytes_per_core = 11'000;
        chip.grid_x = chip.grid_y = 1;
        chip.pools[static_cast<size_t>(Pool::kL1)] = {1, 10'000};
        maker.use(0, 1).cb.reserved_bytes = 0;
        const uint64_t buffer = maker.alloc(place, Pool::kL1, 3000, RecordingMaker::What{.op = maker.text("conv")});
        maker.events.back().address = 5000;
        fail(FailureKind::kCbClash);
        maker.free(buffer);
    }
    void fail(FailureKind kind) {
        Failure failure;
        failure.kind = kind;
        failure.place = PlaceIndex{place};
        failure.bytes_per_bank = 6000, failure.bank_bytes = 5000;  // the region's end, the buffer's address
        Process& process = maker.recording.end.processes[0];
        process.failures.push_back(failure);
        process.failed_allocations = process.failures.size();
        maker.add(EventKind::kFailed).subject = process.failures.size() - 1;
    }

    RecordingMaker maker;
    uint32_t place = 0;
};

TEST_F(LastFailureTest, IsExplainedWithWhatLayThereThen) {
    const auto last = explain_last_failure(maker.finish());
    ASSERT_TRUE(last);
    ASSERT_EQ(last->explained.failures.size(), 1u);
    EXPECT_EQ(last->explained.failures[0].explanation.cause, FailureCause::kCbClash);
    ASSERT_EQ(last->maps.size(), 1u);
    EXPECT_EQ(last->maps[0].l1.value().floor(), 5000u) << "it is freed by now";
    ASSERT_EQ(last->held.size(), 1u);
    EXPECT_EQ(last->held[0].reserved_bytes, 3000u);
    EXPECT_EQ(last->snapshot.texts[last->held[0].holders[0].op], "conv");
}

// Of the innermost operation of that thread, with those that ended within it; not of another thread, nor what is gone.
TEST_F(LastFailureTest, KnowsWhatTheFailingCallMadeItself) {
    const auto begin = [&](uint32_t thread) { maker.add(EventKind::kOperationBegun).thread = thread; };
    const auto end = [&](uint32_t thread) { maker.add(EventKind::kOperationEnded).thread = thread; };
    const auto made = [&](uint32_t thread) {
        return maker.alloc(place, Pool::kL1, 100, RecordingMaker::What{.thread = thread});
    };
    begin(7);
    made(7);
    begin(7);
    const uint64_t own = made(7), gone = made(7);
    begin(7);
    const uint64_t within = made(7);
    end(7);
    begin(8);
    made(8);
    maker.free(gone);
    fail(FailureKind::kCbClash);
    maker.events.back().thread = 7;
    const uint64_t number = maker.events.size();
    end(7);
    made(7);
    const Recording recording = maker.finish();
    EXPECT_EQ(own_blocks_at(recording, number).handles, (std::set<uint64_t>{own, within}));
    EXPECT_TRUE(own_blocks_at(recording, 1).handles.empty());
}

TEST_F(LastFailureTest, ThePoolWithoutRoomComesFirst) {
    maker.alloc(place, Pool::kDram, 9000, {});
    maker.alloc(place, Pool::kL1, 2000, {});
    fail(FailureKind::kCbClash);
    const auto last = explain_last_failure(maker.finish());
    ASSERT_EQ(last->held.size(), 2u);
    EXPECT_EQ(last->held[0].pool, Pool::kL1);
    EXPECT_EQ(last->held[1].pool, Pool::kDram);
}

TEST_F(LastFailureTest, IsTheNewest) {
    fail(FailureKind::kCbOverflow);
    const auto last = explain_last_failure(maker.finish());
    ASSERT_EQ(last->explained.failures.size(), 1u);
    EXPECT_EQ(last->explained.failures[0].figures().kind, FailureKind::kCbOverflow);
    EXPECT_TRUE(last->held.empty());
}

TEST_F(LastFailureTest, IsToldWithoutFiguresWhereNoneWereKept) {
    maker.add(EventKind::kFailed).subject = UINT64_MAX;
    const auto last = explain_last_failure(maker.finish());
    ASSERT_TRUE(last);
    EXPECT_TRUE(last->explained.failures.empty());
    EXPECT_EQ(last->maps.size(), 1u);
}

TEST(LastFailure, IsNothingWhereNoneFailed) {
    RecordingMaker maker;
    EXPECT_FALSE(explain_last_failure(maker.finish()));
}

}  // namespace
}  // namespace ttmem

#include "src/analysis/failures/failure_explanation.h"

#include <gtest/gtest.h>

#include "tests/support/sample_figures.h"

namespace ttmem {
namespace {

TEST(FailureExplanation, NamesTheGreatestHoldersOfThePool) {
    Snapshot snapshot = machine(Pool::kDram, 12, {{0, 100}, {100, 300}, {1000, 50}, {2000, 40}, {3000, 10}});
    snapshot.allocations[2].op = 0;  // "kv_cache"
    snapshot.allocations[3].op = snapshot.allocations[3].tag = 0;
    snapshot.allocations[4].released = true;
    const FailureExplanation e =
        explain_failure(with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 10000, 600, 500), &snapshot);
    ASSERT_TRUE(e.holders);
    EXPECT_EQ(e.holders->chip, ChipId{0xa0});
    EXPECT_EQ(e.holders->logical_id, 3u);
    EXPECT_EQ(e.holders->reserved_bytes, 12u * 490);
    ASSERT_EQ(e.holders->largest.size(), 3u);
    EXPECT_EQ(e.holders->largest[0].allocations, 2u);
    EXPECT_EQ(e.holders->largest[0].reserved_bytes, 12u * 400);
    EXPECT_EQ(e.holders->largest[2].reserved_bytes, 12u * 40);
    const Holder& unnamed = e.holders->largest[2];
    EXPECT_EQ(owner_text(snapshot, unnamed.process, unnamed.op, unnamed.tag, unnamed.allocation_class),
              "tensor memory, llama (100)");
    EXPECT_FALSE(
        explain_failure(with_bank(out_of_memory("L1", Pool::kL1, 12, 1000), 10000, 600, 500), &snapshot).holders);
}

TEST(FailureExplanation, FindsTheSmallestBlockThatMakesRoom) {
    // Holes of 300 below 0x400 and of 500 above it; the block there has 100.
    const Snapshot snapshot = machine(Pool::kDram, 12, {{0, 724}, {1024, 100}, {1624, 400}, {2024, 2000}});
    const FailureFigures f = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 900), 10000, 900, 500);
    const FailureExplanation e = explain_failure(f, &snapshot);
    EXPECT_EQ(e.remedies.back().text,
              "Free kv_cache of matmul at 1,024 (0x400): 100 B of each bank. That alone makes room for "
              "it, as far as "
              "the machine was seen.");
    const FailureFigures larger = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 901), 10000, 1000, 500);
    EXPECT_EQ(explain_failure(larger, &snapshot).remedies.back().bytes, 724u);
    const FailureFigures too_large = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 4001), 10000, 5000, 500);
    EXPECT_FALSE(advises(explain_failure(too_large, &snapshot), "alone makes room"));
}

// A semaphore that is all there is of L1, in its middle: what it keeps apart reaches to the ends of the bank.
TEST(FailureExplanation, CountsTheSpaceUpToTheEndsOfL1) {
    Snapshot snapshot = machine(Pool::kL1, 12, {{5000, 64}});
    const FailureFigures f = with_bank(out_of_memory("L1", Pool::kL1, 12, 7000), 10000, 9936, 5936);
    EXPECT_FALSE(advises(explain_failure(f, &snapshot), "alone makes room"));
    for (Process& process : snapshot.processes) {
        ChipUse use;
        use.chip.id = ChipId{0xa0};
        use.chip.l1_base = 1000;
        use.chip.pools[static_cast<size_t>(Pool::kL1)] = {12, 10000};
        process.chips = {use};
    }
    EXPECT_TRUE(advises(explain_failure(f, &snapshot), "alone makes room"));
    const FailureFigures more = with_bank(out_of_memory("L1", Pool::kL1, 12, 10001), 10000, 9936, 5936);
    EXPECT_FALSE(advises(explain_failure(more, &snapshot), "alone makes room"));
}

TEST(FailureExplanation, NoBlockIsARemedyWhereThereIsRoomWithoutIt) {
    const Snapshot s = machine(Pool::kDram, 12, {{0, 100}, {5000, 100}});
    const FailureFigures f = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 900), 10000, 800, 500);
    EXPECT_FALSE(advises(explain_failure(f, &s), "alone makes room"));
}

TEST(FailureHolders, SumsThatExceed64BitsStayTheLargestNumber) {
    const Snapshot s = machine(Pool::kDram, 12, {{0, uint64_t{1} << 63}, {4096, uint64_t{1} << 63}});
    const std::optional<PoolHolders> holders = holders_of(s, Pool::kDram);
    ASSERT_TRUE(holders);
    EXPECT_EQ(holders->reserved_bytes, UINT64_MAX);
    EXPECT_EQ(holders->largest.at(0).bytes_per_bank, UINT64_MAX);
    EXPECT_EQ(holders->largest.at(0).reserved_bytes, UINT64_MAX);
}

}  // namespace
}  // namespace ttmem

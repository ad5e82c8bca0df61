#include "sim/bank_manager.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace ttmem::sim {
namespace {

constexpr uint64_t kBase = 32, kBankBytes = (1 << 20) - 32;

BankManager dram() { return BankManager(BufferType::kDram, 12, kBase, kBankBytes, 32); }

TEST(BankManager, BottomUpTakesTheLowestRangeThatIsLargeEnough) {
    BankManager bank = dram();
    EXPECT_EQ(bank.allocate(64, 64, true), 32u);
    EXPECT_EQ(bank.allocate(128, 128, true), 96u);
    EXPECT_EQ(bank.allocate(64, 64, true), 224u);
    bank.deallocate(32);
    bank.deallocate(224);
    EXPECT_EQ(bank.allocate(96, 96, true), 224u);
    EXPECT_EQ(bank.allocate(64, 64, true), 32u);
}

TEST(BankManager, TopDownTakesTheEndOfTheHighestRangeThatIsLargeEnough) {
    BankManager bank = dram();
    EXPECT_EQ(bank.allocate(2048, 2048, false), (1u << 20) - 2048);
    EXPECT_EQ(bank.allocate(2048, 2048, false), (1u << 20) - 4096);
    bank.deallocate((1 << 20) - 2048);
    EXPECT_EQ(bank.allocate(4096, 4096, false), (1u << 20) - 8192);
    EXPECT_EQ(bank.allocate(32, 32, false), (1u << 20) - 32);
}

TEST(BankManager, SizesAndAddressesAreAligned) {
    BankManager bank(BufferType::kL1, 4, 20, 1000, 16);  // a base and an end that are not
    EXPECT_EQ(bank.allocate(1, 1, true), 32u);
    EXPECT_EQ(bank.allocate(1, 1, true), 48u);
    EXPECT_EQ(bank.allocate(17, 17, false) % 16, 0u);
    EXPECT_EQ(bank.statistics().allocated, 16u + 16 + 32);
}

TEST(BankManager, SaysWhatIsMissingInTheWordsOfTtMetal) {
    BankManager bank = dram();
    const uint64_t hole = bank.allocate(1, 400'000, true);
    bank.allocate(1, 200'000, true);
    bank.deallocate(hole);
    try {
        bank.allocate(7'000'000, 600'000, true);
        FAIL() << "it fits nowhere";
    } catch (const OutOfMemory& failure) {
        EXPECT_STREQ(
            failure.what(),
            "Out of Memory: Not enough space to allocate 7000000 B DRAM buffer across 12 banks, where each bank "
            "needs to store 600000 B, but bank size is 1048544 B (allocated: 200000 B, free: 848544 B, largest "
            "free block: 448544 B)");
        EXPECT_EQ(failure.statistics.largest_free, 448'544u);
    }
}

TEST(BankManager, NothingFitsIntoAPoolOfNoBanks) {
    BankManager none(BufferType::kTrace, 0, 1024, 0, 32);
    EXPECT_THROW(none.allocate(1, 1, true), OutOfMemory);
    EXPECT_EQ(none.statistics().total, 0u);
}

TEST(BankManager, RefusesToFreeWhatIsNotAllocated) {
    BankManager bank = dram();
    const uint64_t address = bank.allocate(64, 64, true);
    bank.deallocate(address);
    EXPECT_THROW(bank.deallocate(address), std::logic_error);
}

// Whatever the order: live ranges never overlap, the sums are right, and all freed is one block again.
class BankManagerSeeds : public testing::TestWithParam<uint64_t> {};

TEST_P(BankManagerSeeds, NeverGivesMemoryTwiceAndForgetsNone) {
    std::mt19937_64 random(GetParam());
    BankManager bank = dram();
    std::map<uint64_t, uint64_t> live;
    for (int step = 0; step < 2000; step++) {
        if (!live.empty() && random() % 100 < 48) {
            const auto victim = std::next(live.begin(), static_cast<ptrdiff_t>(random() % live.size()));
            bank.deallocate(victim->first);
            live.erase(victim);
        } else {
            const uint64_t bytes = 1 + random() % (1u << random() % 18);
            try {
                live.emplace(bank.allocate(bytes, bytes, random() % 2 == 0), bank.align(bytes));
            } catch (const OutOfMemory& failure) {
                ASSERT_LT(failure.statistics.largest_free, bank.align(bytes)) << "step " << step;
            }
        }
        uint64_t end = kBase, sum = 0;
        for (const auto& [address, size] : live) {
            ASSERT_GE(address, end) << "step " << step;
            ASSERT_EQ(address % 32, 0u);
            end = address + size;
            sum += size;
        }
        ASSERT_LE(end, kBase + kBankBytes);
        ASSERT_EQ(bank.statistics().allocated, sum);
        ASSERT_EQ(bank.allocations(), live.size());
    }
    for (const auto& [address, size] : live) bank.deallocate(address);
    EXPECT_EQ(bank.free_blocks(), 1u);
    EXPECT_EQ(bank.statistics().largest_free, kBankBytes);
}

INSTANTIATE_TEST_SUITE_P(Seeds, BankManagerSeeds, testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace ttmem::sim

#include "src/analysis/capacity/bank_allocator.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace ttmem {
namespace {

// Puts a block where the allocator wants it.
std::optional<uint64_t> allocated(BankAllocator& bank, uint64_t bytes, bool grows_up, uint32_t owner = 0) {
    const std::optional<uint64_t> address = bank.place_for(bytes, grows_up);
    if (!address) return std::nullopt;
    EXPECT_TRUE(bank.take(*address, bytes, owner));
    return address;
}

TEST(BankAllocator, GrowsFromBothEndsAndReusesWhatWasGivenBack) {
    BankAllocator bank(100, 1100, 1, FitPolicy::kFirstFit);
    EXPECT_EQ(allocated(bank, 200, true), 100u);
    EXPECT_EQ(allocated(bank, 300, true), 300u);
    EXPECT_EQ(allocated(bank, 100, false), 1000u);
    bank.give_back(100);
    EXPECT_EQ(allocated(bank, 150, true), 100u);
    EXPECT_EQ(bank.place_for(400, true), 600u);
    EXPECT_EQ(bank.place_for(401, true), std::nullopt);
    EXPECT_EQ(bank.used(), 550u);
    EXPECT_EQ(bank.largest_free(), 400u);
}

TEST(BankAllocator, BestFitTakesTheSmallestRangeWhereFirstFitTakesTheFirst) {
    for (const FitPolicy policy : {FitPolicy::kFirstFit, FitPolicy::kBestFit}) {
        BankAllocator bank(0, 1000, 1, policy);
        ASSERT_TRUE(bank.take(300, 100, 0));
        ASSERT_TRUE(bank.take(500, 500, 0));
        EXPECT_EQ(bank.place_for(80, true), policy == FitPolicy::kFirstFit ? 0u : 400u);
        EXPECT_EQ(bank.place_for(80, false), 420u);
    }
}

TEST(BankAllocator, RoundsToItsAlignment) {
    BankAllocator bank(32, 1000, 32, FitPolicy::kFirstFit);
    EXPECT_EQ(allocated(bank, 1, true), 32u);
    EXPECT_EQ(allocated(bank, 33, true), 64u);
    EXPECT_EQ(allocated(bank, 8, false), 960u);
    EXPECT_EQ(bank.used(), 128u);
}

TEST(BankAllocator, NamesTheBlockThatSplitsTheSpace) {
    BankAllocator bank(0, 1000, 1, FitPolicy::kFirstFit);
    ASSERT_TRUE(bank.take(400, 50, 7));
    ASSERT_TRUE(bank.take(900, 100, 8));
    const auto split = bank.splitter();
    ASSERT_TRUE(split);
    EXPECT_EQ(split->owner, 7u);
    EXPECT_EQ(split->would_be, 900u);
    bank.give_back(400);
    EXPECT_FALSE(bank.splitter());
}

TEST(BankAllocator, RefusesWhatIsTakenOrOutside) {
    BankAllocator bank(100, 200, 1, FitPolicy::kFirstFit);
    ASSERT_TRUE(bank.take(120, 20, 0));
    EXPECT_FALSE(bank.take(130, 5, 0));
    EXPECT_FALSE(bank.take(110, 20, 0));
    EXPECT_FALSE(bank.take(90, 20, 0));
    EXPECT_FALSE(bank.take(190, 20, 0));
    EXPECT_EQ(bank.used(), 20u);
    EXPECT_EQ(BankAllocator(5, 5, 1, FitPolicy::kBestFit).place_for(1, true), std::nullopt);
}

// Against a bank of cells, each free or not.
TEST(BankAllocator, IsWhatAnArrayOfCellsSays) {
    std::mt19937 random(19);
    for (int round = 0; round < 40; ++round) {
        constexpr uint64_t kCells = 64;
        const auto policy = round % 2 == 0 ? FitPolicy::kFirstFit : FitPolicy::kBestFit;
        BankAllocator bank(0, kCells, 1, policy);
        std::vector<bool> taken(kCells);
        std::vector<std::pair<uint64_t, uint64_t>> blocks;
        for (int step = 0; step < 200; ++step) {
            if (!blocks.empty() && random() % 2 == 0) {
                const size_t i = random() % blocks.size();
                for (uint64_t cell = 0; cell < blocks[i].second; ++cell) taken[blocks[i].first + cell] = false;
                bank.give_back(blocks[i].first);
                blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(i));
                continue;
            }
            const uint64_t bytes = 1 + random() % 12;
            const bool up = random() % 2 == 0;
            std::optional<uint64_t> wanted;
            uint64_t wanted_range = UINT64_MAX;
            for (uint64_t begin = 0; begin < kCells;) {
                uint64_t end = begin;
                while (end < kCells && !taken[end]) ++end;
                const uint64_t size = end - begin;
                const bool better = policy == FitPolicy::kBestFit ? size < wanted_range || (!up && size == wanted_range)
                                                                  : !wanted || !up;
                if (size >= bytes && better) {
                    wanted = up ? begin : end - bytes;
                    wanted_range = size;
                }
                begin = end + 1;
            }
            ASSERT_EQ(bank.place_for(bytes, up), wanted);
            if (!wanted) continue;
            ASSERT_TRUE(bank.take(*wanted, bytes, 0));
            for (uint64_t cell = 0; cell < bytes; ++cell) taken[*wanted + cell] = true;
            blocks.emplace_back(*wanted, bytes);
        }
    }
}

}  // namespace
}  // namespace ttmem

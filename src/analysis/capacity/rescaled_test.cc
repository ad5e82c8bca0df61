#include "src/analysis/capacity/rescaled.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "src/analysis/capacity/what_if.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr Arena kTwelve{12, 0, 1 << 30, 32}, kEight{8, 0, 1 << 30, 32};

LiveBlock block_of(Pool pool, uint64_t bytes_per_bank, uint16_t data_banks, uint64_t requested) {
    LiveBlock block;
    block.pool = pool;
    block.bytes_per_bank = bytes_per_bank;
    block.banks = 12;
    block.data_banks = data_banks;
    block.requested_bytes = requested;
    return block;
}

TEST(Rescaled, KeepsBytesWhereTheBanksAreAsMany) {
    const BytesPerBank bytes = rescaled(block_of(Pool::kDram, 4'096, 12, 49'152), kTwelve, kTwelve);
    EXPECT_EQ(bytes.least, 4'096u);
    EXPECT_EQ(bytes.most, 4'096u);
}

// Every way to cut interleaved memory into pages lies between the bounds.
TEST(Rescaled, BoundsWhatInterleavedPagesTake) {
    for (uint64_t page = 32; page <= 65'536; page *= 2) {
        for (uint64_t pages = 1; pages <= 200; ++pages) {
            const uint64_t before = (pages + 11) / 12 * page, now = (pages + 7) / 8 * page;
            const auto data_banks = static_cast<uint16_t>(std::min<uint64_t>(pages, 12));
            const BytesPerBank bytes =
                rescaled(block_of(Pool::kDram, before, data_banks, pages * page), kTwelve, kEight);
            EXPECT_LE(bytes.least, now) << page << " " << pages;
            EXPECT_GE(bytes.most, now) << page << " " << pages;
            if (pages < 12) {
                EXPECT_EQ(bytes.least, bytes.most) << page << " " << pages;
            }
        }
    }
}

TEST(Rescaled, LetsAShardBeWhatItIs) {
    const BytesPerBank bytes = rescaled(block_of(Pool::kL1, 100'000, 12, 1'200'000), kTwelve, kEight);
    EXPECT_LE(bytes.least, 100'000u);
    EXPECT_GE(bytes.most, 100'000u);
}

// DRAM with 4 banks of 1,000 B and one tensor of 2,000 B, in each of them; then another chip with 2 banks.
WhatIf on_two_banks(uint64_t bytes_per_bank) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({0xa0});
    maker.use(0, 0xa0).chip.pools[static_cast<size_t>(Pool::kDram)] = {4, 1'000};
    maker.alloc(chip, Pool::kDram, 500, {.requested = 2'000});
    maker.events.back().banks = maker.events.back().data_banks = 4;
    const Recording recording = maker.finish();
    ArenaSet machine;
    machine[static_cast<size_t>(Pool::kDram)] = Arena{2, 0, bytes_per_bank, 1};
    return what_if_of(recording, {.sizes = {}, .policy = FitPolicy::kFirstFit, .machine = machine});
}

TEST(Rescaled, FitsWhereTheLargerBytesDoAndDoesNotWhereTheSmallerDoNot) {
    EXPECT_EQ(on_two_banks(1'500).verdict(), WhatIfVerdict::kFits);
    EXPECT_EQ(on_two_banks(1'499).verdict(), WhatIfVerdict::kUnknown);
    EXPECT_EQ(on_two_banks(1'000).verdict(), WhatIfVerdict::kUnknown);
    EXPECT_EQ(on_two_banks(999).verdict(), WhatIfVerdict::kDoesNotFit);
    EXPECT_FALSE(on_two_banks(1'500).exact());
}

TEST(Rescaled, TakesTheArenasOfAnotherRecording) {
    RecordingMaker maker;
    maker.place({0xb0});
    ChipUse& use = maker.use(0, 0xb0);
    use.chip.l1_base = 1'024;
    use.chip.pools[static_cast<size_t>(Pool::kL1)] = {4, 8'192};
    use.chip.pools[static_cast<size_t>(Pool::kDram)] = {2, 4'096};
    const ArenaSet arenas = arenas_of_machine(maker.finish());
    ASSERT_TRUE(arenas[static_cast<size_t>(Pool::kL1)] && arenas[static_cast<size_t>(Pool::kDram)]);
    EXPECT_EQ(arenas[static_cast<size_t>(Pool::kL1)]->begin, 1'024u);
    EXPECT_EQ(arenas[static_cast<size_t>(Pool::kDram)]->bytes(), 4'096u);
}

}  // namespace
}  // namespace ttmem

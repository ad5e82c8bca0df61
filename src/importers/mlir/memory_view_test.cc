#include "src/importers/mlir/memory_view.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

constexpr uint64_t kMb = uint64_t{1} << 20;

MemoryView view_of(std::string_view line) {
    const Result<MemoryView> view = read_memory_view(line);
    EXPECT_TRUE(view) << line << "\n" << (view ? "" : view.error().why);
    return view ? *view : MemoryView{};
}

TEST(MemoryView, ReadsTheShortForm) {
    const MemoryView view = view_of(
        "RuntimeTTNN | INFO | KCM DRAM View - Banks: 12 Size: 1023 MB TotalBytesAllocatedPerBank: 61 MB FreePerBank: "
        "962 MB "
        "ContiguousFreePerBank: 900 MB");
    EXPECT_EQ(view.pool, Pool::kDram);
    EXPECT_EQ(view.banks, 12u);
    EXPECT_EQ(view.bank_bytes, (StatedBytes{1023 * kMb, kMb}));
    EXPECT_EQ(view.allocated_per_bank, (StatedBytes{61 * kMb, kMb}));
    EXPECT_EQ(view.free_per_bank, (StatedBytes{962 * kMb, kMb}));
    EXPECT_EQ(view.largest_free_per_bank, (StatedBytes{900 * kMb, kMb}));
    EXPECT_FALSE(view.contradicts_itself);
}

TEST(MemoryView, ReadsTheLongFormOfEveryPool) {
    const std::string figures =
        " memory state: MemoryView{numBanks: 64, totalBytesPerBank: 1.500 MB, totalBytesAllocatedPerBank: 0.250 MB, "
        "totalBytesFreePerBank: 1.250 MB, largestContiguousBytesFreePerBank: 1.000 MB}";
    for (const auto& [name, pool] :
         {std::pair("DRAM", Pool::kDram), std::pair("L1", Pool::kL1), std::pair("L1 SMALL", Pool::kL1Small),
          std::pair("L1_SMALL", Pool::kL1Small), std::pair("TRACE", Pool::kTrace)}) {
        const MemoryView view = view_of("Always |    DEBUG | Device " + std::string(name) + figures);
        EXPECT_EQ(view.pool, pool) << name;
        EXPECT_EQ(view.banks, 64u);
        EXPECT_EQ(view.bank_bytes, (StatedBytes{kMb * 3 / 2, 1049}));
        EXPECT_EQ(view.allocated_per_bank.bytes, kMb / 4);
        EXPECT_EQ(view.free_per_bank->bytes, kMb * 5 / 4);
        EXPECT_EQ(view.largest_free_per_bank->bytes, kMb);
    }
}

TEST(MemoryView, LeavesOutFreeBytesThatContradictTheRest) {
    const MemoryView more = view_of(
        "KCM DRAM View - Banks: 12 Size: 1023 MB TotalBytesAllocatedPerBank: 61 MB FreePerBank: 2578 MB "
        "ContiguousFreePerBank: 900 MB");
    EXPECT_TRUE(more.contradicts_itself);
    EXPECT_FALSE(more.free_per_bank);
    EXPECT_EQ(more.largest_free_per_bank->bytes, 900 * kMb);
    const MemoryView exact =
        view_of("L1 View - Banks: 1 Size: 100 B TotalBytesAllocatedPerBank: 60 B FreePerBank: 41 B");
    EXPECT_TRUE(exact.contradicts_itself);
    EXPECT_FALSE(exact.largest_free_per_bank);
    const MemoryView largest =
        view_of("L1 View - Banks: 1 Size: 1 MB TotalBytesAllocatedPerBank: 0 MB ContiguousFreePerBank: 2 MB");
    EXPECT_TRUE(largest.contradicts_itself);
    EXPECT_FALSE(largest.largest_free_per_bank);
}

TEST(MemoryView, AllowsForCutDownFigures) {
    EXPECT_FALSE(view_of("DRAM View - Banks: 12 Size: 1023 MB TotalBytesAllocatedPerBank: 61 MB FreePerBank: 961 MB")
                     .contradicts_itself);
    EXPECT_TRUE(view_of("DRAM View - Banks: 12 Size: 1023 MB TotalBytesAllocatedPerBank: 61 MB FreePerBank: 960 MB")
                    .contradicts_itself);
    EXPECT_TRUE(view_of("DRAM View - Banks: 12 Size: 1023 MB TotalBytesAllocatedPerBank: 61 MB FreePerBank: 964 MB")
                    .contradicts_itself);
}

TEST(MemoryView, RefusesWhatIsNone) {
    for (const char* line :
         {"", "DRAM View - Banks: many Size: 1 MB TotalBytesAllocatedPerBank: 0 MB", "DRAM View - Banks: 1 Size: 1 MB",
          "DRAM View - Banks: 1 Size: 1 XB TotalBytesAllocatedPerBank: 0 MB",
          "Room View - Banks: 1 Size: 1 MB TotalBytesAllocatedPerBank: 0 MB", "MemoryView{numBanks: 1}",
          "Device DRAM memory state: MemoryView{", "DRAM View - Banks: 1 Size: 1 MB TotalBytesAllocatedPerBank: 2 MB",
          "DRAM View - Banks: 1 Size: 99999999999999999999 MB TotalBytesAllocatedPerBank: 0 MB",
          "DRAM View - Banks: 1 Size: 18446744073709551615 GB TotalBytesAllocatedPerBank: 0 MB"}) {
        const Result<MemoryView> view = read_memory_view(line);
        EXPECT_FALSE(view) << line;
        EXPECT_TRUE(view.has_value() || !view.error().why.empty());
    }
    EXPECT_FALSE(looks_like_memory_view("Device memory state before submit"));
}

}  // namespace
}  // namespace ttmem

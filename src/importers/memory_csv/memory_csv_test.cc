#include "src/importers/memory_csv/memory_csv.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

ImportedUse use_in(const std::string& text) {
    EXPECT_TRUE(looks_like_memory_csv(text)) << text;
    Result<ImportedUse> use = read_memory_csv(read_from_text(text), "report.csv");
    EXPECT_TRUE(use) << use.error().what << " " << use.error().why;
    return use ? std::move(use).value() : ImportedUse{};
}

// As tt-metal writes them since 2025, on a Wormhole with two tensors in L1, one of which was freed.
const std::string kBlocks =
    ",DRAM\n,Total allocatable (B):,12872318208\n,Total allocated (B):,540672\n,Total free (B):,12871777536\n"
    "FreeListOpt allocator info:\nsegregated free blocks by size:\n  Size class 0: (1024 - 2048) blocks: \n"
    "Free slots in block table: \nBlock table:\n"
    "       Block      Address         Size       PrevID       NextID    Allocated \n"
    "           0            0        45056         none            1          yes\n"
    "           1        45056   1072648128            0         none           no\n"
    ",L1\n,Total allocatable (B):,89171968\n,Total allocated (B):,131072\n,Total free (B):,89040896\n"
    "FreeListOpt allocator info:\nBlock table:\n"
    "       Block      Address         Size       PrevID       NextID    Allocated \n"
    "           0      1391264         2048            1         none           no\n"
    "           1      1389216         2048            2            0          yes\n"
    "           2            0      1389216         none            1           no\n";

TEST(MemoryCsv, ReadsTheBlocksOfTheNewAllocator) {
    const ImportedUse use = use_in(kBlocks);
    const ImportedChip& chip = use.chips.at(0);
    EXPECT_EQ(chip.use.pool(Pool::kDram).capacity_bytes, 12872318208u);
    EXPECT_EQ(chip.use.pool(Pool::kDram).reserved_bytes, 540672u);
    EXPECT_EQ(chip.peak(Pool::kDram).bytes_per_bank, 45056u);
    EXPECT_EQ(chip.use.chip.pools[static_cast<size_t>(Pool::kDram)]->banks, 12u);
    EXPECT_EQ(chip.peak(Pool::kL1).bytes_per_bank, 2048u);
    EXPECT_EQ(chip.use.chip.pools[static_cast<size_t>(Pool::kL1)]->banks, 64u);
    EXPECT_TRUE(use.coverage.complete);
    EXPECT_EQ(
        use.verdict,
        "DRAM: 12 banks of 1,072,693,184 B, 45,056 B of each allocated, 1,072,648,128 B free, largest free block "
        "1,072,648,128 B (12,871,777,536 B in all banks); L1: 64 banks of 1,393,312 B, 2,048 B of each allocated, "
        "1,391,264 B free, largest free block 1,389,216 B (88,909,824 B in all banks).");
}

TEST(MemoryCsv, ReadsTheBlocksOfTheOldAllocatorWhoseSumsWereInKilobytes) {
    // 3 banks of 5,000 B are 14.6 KiB, rounded down.
    const ImportedUse use = use_in(
        "7,DRAM\n,Total allocatable (KB):,14\n,Total allocated (KB):,8\n,Total free (KB):,5\n"
        ",,Blocks:,Address (B),Size (B),Allocated (Y/N)\n,,,32,3000,Y\n,,,3032,2000,N\n\n"
        "8,DRAM\n,Total allocatable (KB):,14\n,Total allocated (KB):,2\n,Total free (KB):,11\n"
        ",,Blocks:,Address (B),Size (B),Allocated (Y/N)\n,,,32,1000,Y\n,,,1032,4000,N\n\n");
    const ImportedChip& chip = use.chips.at(0);
    EXPECT_EQ(chip.peak(Pool::kDram).bytes_per_bank, 3000u);
    EXPECT_EQ(chip.peak(Pool::kDram).reserved_bytes, 9000u);
    EXPECT_EQ(chip.peak(Pool::kDram).operation, "program 7");
    EXPECT_EQ(chip.use.pool(Pool::kDram).reserved_bytes, 3000u);  // at the end
    EXPECT_EQ(chip.use.pool(Pool::kDram).capacity_bytes, 15000u);
    EXPECT_TRUE(use.coverage.complete);
}

TEST(MemoryCsv, ReadsWhatOneBankHasWhateverTheHeadersCallIt) {
    for (const std::string header :
         {", Total Allocatable Size (B), Total Allocated (B), Total Free (B), Largest Free Block (B)\n",
          ", Total Allocatable Size (B), Total Allocated (B), Total Free (KB), Largest Free Block (KB)\n"}) {
        const ImportedUse use =
            use_in(header + ",1072693184,45056,1072648128,1072648128\n,1393312,2048,1391264,1389216\n,0,0,0,0\n");
        const ImportedChip& chip = use.chips.at(0);
        EXPECT_EQ(chip.peak(Pool::kDram).bytes_per_bank, 45056u);
        EXPECT_EQ(chip.peak(Pool::kL1).bytes_per_bank, 2048u);
        EXPECT_EQ(chip.use.pool(Pool::kDram).capacity_bytes, std::nullopt);  // how many banks is not said
        EXPECT_NE(use.verdict.find("L1: each bank of 1,393,312 B"), std::string::npos) << use.verdict;
        EXPECT_NE(use.verdict.find("L1_SMALL: no memory"), std::string::npos) << use.verdict;
    }
    const ImportedUse kilobytes = use_in(
        "Program ID, Total Allocatable Size (KB), Total Allocated (KB), Total Free (KB), Largest Free Block (KB)\n"
        "1,1000,10,989,900\n,100,20,80,70\n2,1000,30,969,900\n,100,5,95,70\n");
    EXPECT_EQ(kilobytes.chips.at(0).peak(Pool::kDram).bytes_per_bank, 30u * 1024);
    EXPECT_EQ(kilobytes.chips.at(0).peak(Pool::kDram).operation, "program 2");
    EXPECT_EQ(kilobytes.chips.at(0).peak(Pool::kL1).operation, "program 1");
    EXPECT_FALSE(kilobytes.coverage.complete);
}

TEST(MemoryCsv, ReadsWhatIsFreeInOnePieceOfL1) {
    const std::string title = "This report indicates available space for interleaving L1 buffers\n";
    const ImportedUse use =
        use_in(title + ", Largest Contiguous Free Block (B), Total Free L1 Space (B)\n,1389216,88909824\n");
    EXPECT_EQ(use.verdict, "L1: 64 banks, largest free block 1,389,216 B (88,909,824 B in all banks).");
    EXPECT_EQ(use.chips.at(0).peak(Pool::kL1).bytes_per_bank, std::nullopt);
    const ImportedUse programs = use_in(
        title +
        "Program ID, Largest Contiguous Free Block (B), Total Free L1 Space (B)\n1,64,640\n2,32,320\n3,48,480\n");
    EXPECT_EQ(programs.verdict,
              "At its fullest: L1: 10 banks, largest free block 32 B (320 B in all banks) (program 2).");
}

TEST(MemoryCsv, RefusesWhatIsNoneWithItsLineAndTheReason) {
    const std::string header =
        ", Total Allocatable Size (B), Total Allocated (B), Total Free (B), Largest Free Block (B)\n";
    for (const auto& [text, why] :
         std::vector<std::pair<std::string, std::string>>{{header + ",10,5,5\n", "another number of cells"},
                                                          {header + ",10,x,5,5\n", "no number: `x`"},
                                                          {header + ",10,5,4,4\n", "do not add up"},
                                                          {header + "p,10,5,5,5\n", "no number: `p`"},
                                                          {header, "its headers alone"},
                                                          {", DRAM channel/Logical core, Bank ID, Total Allocatable "
                                                           "Size (KB), Total Allocated (KB), Total Free (KB), "
                                                           "Largest Free Block (KB)\n,0,0,1,1,0,0\n",
                                                           "another release"}}) {
        const Result<ImportedUse> use = read_memory_csv(read_from_text(text), "report.csv");
        ASSERT_FALSE(use) << text;
        EXPECT_NE(use.error().why.find(why), std::string::npos) << use.error().why;
    }
}

TEST(MemoryCsv, NotesWhereSumsAndBlocksContradictEachOther) {
    std::string text = kBlocks;
    text.replace(text.find("540672"), 6, "540673");
    const ImportedUse use = use_in(text);
    EXPECT_FALSE(use.coverage.complete);
    EXPECT_EQ(use.coverage.notes.at(0), "Allocated and free bytes of dram do not add up to the total.");
    EXPECT_NE(use_in(kBlocks + "Bank ID:,7\n").coverage.notes.at(0).find("1 line of the table could not be read"),
              std::string::npos);
}

}  // namespace
}  // namespace ttmem

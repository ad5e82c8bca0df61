// Logs of tt-metal's allocation server.
#include "src/importers/allocation_server/log_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/importers/packed/gzip_reader.h"

namespace ttmem {
namespace {

Result<ImportedUse> read_log(std::string_view text) {
    return read_allocation_server_log(read_from_text(text), "the log");
}

constexpr std::string_view kLog =
    "allocation server started\n"
    "✓ [PID 77] Allocated 4194304 bytes of DRAM on device 0 (buffer_id=2560032)\n"
    "✓ [PID 77] Allocated 12288 bytes of DRAM on device 0 (buffer_id=0x3ffff800)\n"
    "✓ [PID 77] Allocated 12288 bytes of DRAM on device 0 (buffer_id=0x3ffff800, ref_count=2)\n"
    "✓ [PID 78] Allocated 512 bytes of L1_SMALL on device 3 (buffer_id=1024)\n"
    "✗ [PID 77] Freed buffer 2560032 on device 0 (4194304 bytes, FINAL)\n"
    "✗ [PID 77] Freed buffer 99 on device 0 (1048576 bytes)\n"
    "  Active allocations: 2\n"
    "Device 0: Buffers: 20, DRAM: 14827520 bytes, L1: 22528 bytes\n";

TEST(AllocationServerLogs, EachPieceOfMemoryCountsOnce) {
    ASSERT_TRUE(looks_like_allocation_server_log(kLog));
    const Result<ImportedUse> use = read_log(kLog);
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->format, "tt-metal-allocation-server-log");
    EXPECT_EQ(use->allocations, 4u);
    EXPECT_EQ(use->frees, 2u);
    ASSERT_EQ(use->chips.size(), 2u);
    EXPECT_EQ(use->chips[0].use.pool(Pool::kDram).requested_bytes, 12'288u);
    EXPECT_EQ(use->chips[0].peak(Pool::kDram).requested_bytes, 4'194'304u + 12'288u);
    EXPECT_EQ(use->chips[1].use.pool(Pool::kL1Small).requested_bytes, 512u);
    EXPECT_EQ(use->chips[1].use.chip.logical_id, 3u);
    EXPECT_FALSE(use->chips[0].use.pool(Pool::kL1).requested_bytes) << "the log's own statement says otherwise than 0";
}

TEST(AllocationServerLogs, WhatTheLogStatesItselfIsHandedOn) {
    const Result<ImportedUse> use = read_log(kLog);
    ASSERT_TRUE(use);
    std::string notes;
    for (const std::string& note : use->coverage.notes) notes += note + "\n";
    EXPECT_NE(notes.find("device 0: 20 buffers, 14,827,520 B of DRAM, 22,528 B of L1"), std::string::npos) << notes;
    EXPECT_NE(notes.find("1 free is of what was allocated before the log begins"), std::string::npos) << notes;
}

TEST(AllocationServerLogs, OtherTextIsNoneOfThem) {
    EXPECT_FALSE(looks_like_allocation_server_log("[PID 77] said Allocated nothing\nDevice 0 is fine\n"));
    EXPECT_FALSE(read_log("a text\n"));
    EXPECT_FALSE(
        looks_like_allocation_server_log("✓ [PID 77] Allocated many bytes of DRAM on device 0 (buffer_id=1)\n"));
    EXPECT_FALSE(looks_like_allocation_server_log("✓ [PID 77] Allocated 5 bytes of TAPE on device 0 (buffer_id=1)\n"));
}

TEST(AllocationServerLogs, TheRealFragmentsAreRead) {
    const std::filesystem::path path = std::filesystem::path(TTMEM_DATA_DIR) / "server-log/real_fragments.log";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    const std::string content = text.str();
    ASSERT_TRUE(looks_like_allocation_server_log(content));
    const Result<ImportedUse> use = read_log(content);
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->allocations, 6u);
    EXPECT_EQ(use->frees, 6u);
    // Two reports of 4 MiB on two devices, a doubled one of 12,288 B and 16,384 B on device 0, 4,096 B of L1 on 1.
    EXPECT_EQ(use->chips.at(0).use.pool(Pool::kDram).requested_bytes, 4'194'304u + 12'288u + 16'384u);
    EXPECT_EQ(use->chips.at(1).use.pool(Pool::kL1).requested_bytes, 4096u);
}

}  // namespace
}  // namespace ttmem

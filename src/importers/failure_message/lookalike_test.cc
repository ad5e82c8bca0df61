#include "src/importers/failure_message/lookalike.h"

#include <gtest/gtest.h>

#include "src/importers/failure_message/failure_context.h"
#include "src/importers/failure_message/failure_scanner.h"

namespace ttmem {
namespace {

std::vector<FoundFailure> failures_in(std::string_view text) {
    Result<FailureScan> found = scan_failures(read_from_text(text), "log");
    EXPECT_TRUE(found);
    return found ? std::move(found->failures) : std::vector<FoundFailure>{};
}

TEST(Lookalike, CountsThatAreExceededAreNoLackOfMemory) {
    for (const std::string words :
         {"circular buffer index 33 exceeds maximum value 31", "DFB count 70 exceeds maximum 64",
          "DRAM harvesting count 9 exceeds base DRAM bank count 8",
          "Number of worker cores (9) cannot exceed number of DRAM banks (8)",
          "Circular buffer core range [0-0 - 9-9] in program 3 exceeds device compute grid (8x8)",
          "DRAM shard K (64) must equal full K (128); the weight must be width-sharded",
          "The circular buffer needs to be on 12 cores of the 64 available",
          "DFB 3: producer signal bit 9 exceeds MAX_PRODUCERS_PER_DFB 8 (signal region stride; DM0/DM1 reserved)",
          "set_dfb_alias: primary DFB id 9 has not been created yet (only 4 DFBs exist)",
          "DRAM-core prefetcher coalesced page size (9000 B) exceeds the one-packet NoC write limit (8192 B).",
          "Aliased DFBs in the alias group (primary DFB 3) have different total sizes (2048 vs 4096 bytes). Every "
          "member must be overridden to the same new total size",
          "DFB 3: TRISC entry_size (70000 L1 units of 16 bytes) exceeds uint16_t; reduce entry_size"}) {
        EXPECT_TRUE(failures_in("TT_FATAL: " + words + " (a.hpp:1)\n").empty()) << words;
    }
}

TEST(Lookalike, IsShownWhereNothingKnownIs) {
    const std::vector<FoundFailure> found = failures_in(
        "fine\n2026-01-20 10:11:12.123 | critical |  Always | TT_FATAL: Sharded L1 slab of 9000 B does not fit into L1 "
        "(a.hpp:1)\n"
        "RuntimeError: TT_THROW @ /x.cpp:1: tt::exception\ninfo:\nDRAM pool 3 is too small for 77 B\nbacktrace:\n"
        "Out of Memory: the moon is full\n"
        "TT_FATAL: shapes differ (a.hpp:1)\n    TT_THROW(\"Out of Memory: Not enough space to allocate {} B\", x);\n");
    ASSERT_EQ(found.size(), 3u);
    for (const FoundFailure& failure : found) EXPECT_EQ(failure.message.figures.kind, FailureKind::kUnknown);
    EXPECT_EQ(found[0].message.text, "Sharded L1 slab of 9000 B does not fit into L1");
    EXPECT_EQ(found[0].line, 2u);
    EXPECT_EQ(found[1].message.text, "DRAM pool 3 is too small for 77 B");
    EXPECT_EQ(found[2].message.text, "Out of Memory: the moon is full");
}

// Each is found behind its own beginning, none is taken for the words of another.
TEST(Lookalike, BeginsWithWhateverTheRuntimeThrows) {
    std::string text;
    const auto words = [](size_t i) { return "slab of " + std::to_string(9000 + i) + " B does not fit into L1"; };
    for (size_t i = 0; i < kThrowMarks.size(); ++i)
        text += std::string(kThrowMarks[i]) + " @ /x.cpp:1: ok\nE   " + std::string(kThrowMarks[i]) + ": " + words(i) +
                "\n";
    const std::vector<FoundFailure> found = failures_in(text);
    ASSERT_EQ(found.size(), kThrowMarks.size());
    for (size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].message.text, words(i));
        EXPECT_EQ(found[i].line, 2 * i + 2);
    }
}

TEST(Lookalike, LoggerLineAndExceptionAreOne) {
    const std::string words = "slab of 9000 B does not fit into L1";
    const std::vector<FoundFailure> found =
        failures_in("2026-01-20 10:11:12.123 | critical |  Always | TT_FATAL: " + words + " (assert.hpp:104)\n" +
                    "RuntimeError: TT_FATAL @ /x.cpp:1: fits\ninfo:\n" + words + "\nbacktrace:\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].times, 1u);
    EXPECT_EQ(found[0].count, 2u);
}

// Sentences of tt-metal 0.81.1 that operations print about their own layouts.
TEST(Lookalike, IsWhatOperationsSayOfTooLittleMemory) {
    for (
        const std::string words :
        {"LayerNorm streaming circular buffers require 9000 bytes, but only 8000 bytes of the allocator's L1 span are "
         "available",
         "the left half's circular buffers need 9000 bytes of the shared L1 arena but a core owns only 8000",
         "Exp ring joint SDPA CBs need 9000 B but only 8000 B of L1 are usable at this chunk shape",
         "Cannot fit Pool2D operation in L1 memory with DRAM slicing",
         "not enough circular buffer memory for 3",
         "the operation requires more L1 memory than available",
         "Failed to mirror allocation at address 64 of size 32 in allocator 1",
         "conv3d: 64 B of L1 above the allocator base cannot hold the 96 B headroom for L1 buffers",
         "Failed to allocate TLB window of size 2097152: Cannot allocate memory",
         "Cannot fit Pool2D operation in L1 memory with DRAM slicing. The smallest input slice (size=4) is smaller "
         "than "
         "the kernel. Consider: (4) increasing available L1 memory to reduce the number of slices needed",
         "DRAM Auto slice could not find valid slice configuration. Tried up to 9 slices for Height-slicing. "
         "Available "
         "L1: 900 bytes. Operation requires more memory than available even with maximum slicing",
         "DRISC L1 sender zone full: requested 96 B (aligned 128 B) for a pipe; zone is 64 B starting at 0x100",
         "Memory map end address: 1600000 is greater than L1 end address: 1500000",
         "Total channel size of 9000 B exceeds available space of 8000 B",
         "enable_secondary_dm was requested but the dataflow buffers need 9000 B of the 8000 B available in L1",
         "attn_res_gather_softmax needs 9000 B of L1 per core at Wt 4 but the core has 8000 B",
         "moe_fused_swiglu: needs 9000 bytes of CB L1 but budget is 8000 (64)",
         "non_zero_indices: indices staging buffer requires 9000 L1 bytes but per-core L1 is 8000 bytes",
         "DRISC L1 GCB zone (65536 B) must leave room for the above-zone kernel working region (unreserved size: 61440 "
         "B)",
         "Kernel binary size (70000) exceeds the ring buffer of 69632 B",
         "Requested 4096 B but dynamically allocated buffer is 2048 B",
         "Reserved size must be less than bank size",
         "internal::ServiceCoreManager: L1 OOM on core 3-4 (4096 bytes requested)",
         "internal::ServiceCoreManager::reserve_l1_to_top: could not reserve [0x1000, 0x9000) on core 3-4 (out of "
         "range "
         "or already allocated)",
         "Shrink size 4096 cuts into allocated block at address 104448",
         "Shrink size 4096 must be smaller than max size 2048",
         "trisc1.elf: segment[0] [0x6000,+0x2400) overflows region:0 limit of 0x2000 bytes, reduce the size of text",
         "Kernel binary size exceeds prefetcher cache size (90000, 65536)",
         "DPRINT noc_locations (4096 bytes for 140 cores) does not fit in the overlaid l1_cache (2048 bytes).",
         "Receiver-contiguous mode cannot fit a single K-row slice (n_per_recv=4, tile_bytes=2048, stage_third=4096 B)",
         "Failed to find suitable buffer slot configuration. VC1 needed: true, Available space: 61440 bytes",
         "400 unique+common runtime args targeting kernel reader on (x=0,y=0) are too large. Cannot be written as they "
         "will run into memory region reserved for result. Max allowable size is 1365 B",
         "the HAL's profiler DRAM region (64 B) is smaller than the 96 B GDDR spool",
         "Cannot allocate a slot of 4096 B: no free block",
         "Allocation of 9000 B in pool 3 failed",
         "Insufficient memory: 9000 needed in pinned pages",
         "pinned memory exhausted on device 0",
         "no pool could find a free range of 9000 B",
         "Kernel of 9000 B is too large for IRAM of 8000 B",
         "Failed to pin pages: Cannot allocate memory",
         "std::bad_alloc",
         "Cannot set to globally allocated buffer. Circular buffer size 9000 B exceeds allocated L1 buffer bank size "
         "of "
         "8000 B"}) {
        for (const std::string& text :
             {"2026-01-20 10:11:12.123 | error    |  Always | " + words + " (a.cpp:9)\n",
              "TT_FATAL @ /x.cpp:1: ok\ninfo:\n" + words + "\nbacktrace:\n", "TT_THROW: " + words + "\n",
              "TT_ASSERT @ /x.cpp:1: ok\ninfo:\n" + words + "\nbacktrace:\n", "TT_ASSERT: " + words + " (a.hpp:1)\n",
              "E       info:\nTT_FATAL @ /x.cpp:1: ok\nE       info:\nE       " + words + "\nE       backtrace:\n"}) {
            const std::vector<FoundFailure> found = failures_in(text);
            ASSERT_EQ(found.size(), 1u) << text;
            EXPECT_EQ(found[0].message.figures.kind, FailureKind::kUnknown) << text;
            EXPECT_EQ(found[0].message.text, words);
        }
    }
}

}  // namespace
}  // namespace ttmem

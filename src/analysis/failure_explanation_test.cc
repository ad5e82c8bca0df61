#include "src/analysis/failure_explanation.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

FailureFigures out_of_memory(const std::string& type, Pool pool, uint64_t banks, uint64_t per_bank) {
    FailureFigures f;
    f.requested_bytes = banks * per_bank;
    f.buffer_type = type;
    f.pool = pool;
    f.banks = banks;
    f.bytes_per_bank = per_bank;
    return f;
}

FailureFigures with_bank(FailureFigures f, uint64_t bank, uint64_t free, uint64_t largest) {
    f.bank_bytes = bank;
    f.allocated_per_bank = bank - free;
    f.free_per_bank = free;
    f.largest_free_per_bank = largest;
    return f;
}

FailureFigures clash(uint64_t l1, uint64_t end) {
    FailureFigures f;
    f.kind = FailureKind::kCbClash;
    f.program = 12;
    f.core_range = "[0-0 - 7-7]";
    f.l1_buffer_address = l1;
    f.cb_region_end = end;
    return f;
}

FailureFigures traces(uint64_t size, uint64_t region) {
    FailureFigures f;
    f.kind = FailureKind::kTraceRegion;
    f.trace_bytes = size;
    f.trace_region_bytes = region;
    return f;
}

std::string remedies_text(const FailureExplanation& e) {
    std::string text;
    for (const Remedy& remedy : e.remedies) text += remedy.text + "\n";
    return text;
}

bool advises(const FailureExplanation& e, std::string_view words) {
    return remedies_text(e).find(words) != std::string::npos;
}

// A live process with blocks of one pool on one chip: (address, bytes per bank).
Snapshot machine(Pool pool, uint16_t banks, const std::vector<std::pair<uint64_t, uint64_t>>& blocks) {
    Snapshot s;
    s.texts = {"", "matmul", "kv_cache"};
    Process process;
    process.pid = 100;
    process.comm = "llama";
    s.processes = {process};
    s.places = {{PlaceKind::kChip, 0, "", {ChipId{0xa0}}, ProcessIndex{0}, true, {}, {}}};
    s.chips = {sample_chip(0xa0, 3)};
    for (const auto& [address, bytes] : blocks) {
        Allocation a;
        a.address = DeviceAddress{address};
        a.bytes_per_bank = bytes;
        a.requested_bytes = bytes * banks;
        a.banks = banks;
        a.pool = pool;
        a.op = 1, a.tag = 2;
        a.allocation_class = AllocationClass::kTensor;
        s.allocations.push_back(a);
    }
    return s;
}

TEST(FailureExplanation, TellsAFullPoolByHowMuchIsMissing) {
    const FailureExplanation e =
        explain_failure(with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 10000, 600, 500));
    EXPECT_EQ(e.cause, FailureCause::kFull);
    EXPECT_EQ(e.asked, "12,000 B of DRAM in 12 banks: 1,000 B of each bank.");
    EXPECT_EQ(e.had,
              "Each bank has 10,000 B, 9,400 B of it allocated and 600 B free; the largest free block has 500 B.");
    EXPECT_EQ(e.limit, "Full: each bank lacks 400 B, 4,800 B in all.");
    EXPECT_EQ(e.missing_per_bank, 400u);
    EXPECT_EQ(e.missing_bytes, 4800u);
    EXPECT_EQ(remedies_text(e),
              "Free at least 400 B in each bank (4,800 B in all), in one piece with free space.\n"
              "Ask for at most 500 B of each bank (6,000 B in all) at a time: smaller batches, chunks or data types.\n"
              "Shard it over at least 2 chips that have as much free as this one.\n");
    EXPECT_TRUE(e.notes.empty());
}

TEST(FailureExplanation, TellsAFragmentedPoolByWhatTheLargestBlockLacks) {
    const FailureExplanation e =
        explain_failure(with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 10000, 1000, 250));
    EXPECT_EQ(e.cause, FailureCause::kFragmented);
    EXPECT_EQ(e.limit,
              "Fragmented: the free bytes would be enough (0 B more than needed), but the largest free block is 750 B "
              "too small.");
    EXPECT_EQ(e.missing_per_bank, 750u);
    EXPECT_TRUE(advises(e, "the free bytes of each bank would hold it"));
    EXPECT_FALSE(advises(e, "Free at least"));  // enough is free
    EXPECT_TRUE(advises(e, "at least 4 chips"));
}

TEST(FailureExplanation, NeverAdvisesToJoinFreeSpaceWhenThePoolIsFull) {
    const FailureExplanation e =
        explain_failure(with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 10000, 999, 3));
    EXPECT_EQ(e.cause, FailureCause::kFull);
    EXPECT_FALSE(advises(e, "move those together"));
    EXPECT_FALSE(advises(e, "chips"));  // it would take 334 of them
}

TEST(FailureExplanation, KnowsWhatNoBankCanHold) {
    FailureFigures f = out_of_memory("DRAM", Pool::kDram, 12, 1000);
    f.bank_bytes = 600;
    const FailureExplanation e = explain_failure(f);
    EXPECT_EQ(e.cause, FailureCause::kLargerThanBank);
    EXPECT_EQ(e.limit, "Too large: even an empty bank is 400 B too small.");
    EXPECT_EQ(remedies_text(e),
              "Ask for at most 600 B of each bank (7,200 B in all) at a time: smaller batches, chunks or data types.\n"
              "Shard it over at least 2 chips that have as much free as this one.\n");
    const Snapshot busy = machine(Pool::kDram, 12, {{0, 100}});
    EXPECT_FALSE(explain_failure(f, &busy).holders);  // nobody's memory is in the way
}

TEST(FailureExplanation, SaysWhenTheMessageDoesNotTell) {
    FailureFigures f = out_of_memory("DRAM", Pool::kDram, 12, 1000);
    EXPECT_EQ(explain_failure(f).cause, FailureCause::kUnknown);
    EXPECT_EQ(explain_failure(f).limit,
              "The message does not say what the banks had: whether they were full or fragmented is not known.");
    EXPECT_TRUE(explain_failure(f).remedies.empty());
    f.bank_bytes = 5000;
    EXPECT_EQ(explain_failure(f).limit,
              "An empty bank would hold it. The message does not say what was free: either less than 1,000 B was free "
              "in each bank, or "
              "no free block was that large.");
    EXPECT_EQ(explain_failure(with_bank(f, 5000, 2000, 2000)).limit,
              "By its own figures the buffer would have fitted: the message does not tell why it did not.");
    EXPECT_EQ(explain_failure(FailureFigures{}).asked, "Memory.");
}

TEST(FailureExplanation, SendsL1ToDramUnlessDramIsShownToBeFull) {
    const FailureFigures f = with_bank(out_of_memory("L1", Pool::kL1, 64, 1000), 10000, 600, 500);
    EXPECT_EQ(explain_failure(f).remedies.at(0).text,
              "Place it in DRAM (memory_config=ttnn.DRAM_MEMORY_CONFIG): it takes about 64,000 B there.");
    Snapshot snapshot = machine(Pool::kL1, 64, {});
    snapshot.chips[0].pool(Pool::kDram).capacity_bytes = 100000;
    snapshot.chips[0].pool(Pool::kDram).reserved_bytes = 36000;
    EXPECT_TRUE(advises(explain_failure(f, &snapshot), "Place it in DRAM"));
    snapshot.chips[0].pool(Pool::kDram).reserved_bytes = 36001;
    EXPECT_FALSE(advises(explain_failure(f, &snapshot), "Place it in DRAM"));
}

TEST(FailureExplanation, AdvisesMoreCoresOnlyWhereThereAreSoMany) {
    const FailureFigures few = with_bank(out_of_memory("L1", Pool::kL1, 7, 3000), 1300, 1300, 1300);
    EXPECT_EQ(explain_failure(few).cause, FailureCause::kLargerThanBank);
    EXPECT_TRUE(advises(explain_failure(few), "Shard it over at least 17 cores instead of 7: each can give 1,300 B."));
    const FailureFigures many = with_bank(out_of_memory("L1", Pool::kL1, 7, 30000), 1300, 1300, 1300);
    EXPECT_FALSE(advises(explain_failure(many), "cores"));  // 162 of them
    Snapshot small = machine(Pool::kL1, 7, {});
    small.chips[0].chip.pools[static_cast<size_t>(Pool::kL1)] = {16, 1300};
    EXPECT_FALSE(advises(explain_failure(few, &small), "cores"));
}

TEST(FailureExplanation, SizesL1Small) {
    FailureFigures f = out_of_memory("L1_SMALL", Pool::kL1Small, 64, 448);
    f.bank_bytes = 0;
    EXPECT_EQ(explain_failure(f).cause, FailureCause::kNoRegion);
    EXPECT_EQ(explain_failure(f).limit,
              "L1_SMALL has no memory on this device: its size was never set. Each bank lacks 448 B, 28,672 B in all.");
    EXPECT_EQ(remedies_text(explain_failure(f)),
              "Open the device with l1_small_size of at least 448 B instead of 0 B.\n");
    EXPECT_EQ(explain_failure(with_bank(f, 1000, 100, 100)).remedies.at(0).text,
              "Open the device with l1_small_size of at least 1,348 B instead of 1,000 B; 1,448 B is enough whatever "
              "else is in it.");
    EXPECT_EQ(remedies_text(explain_failure(with_bank(f, 1000, 500, 100))),
              "Open the device with l1_small_size of at least 1,448 B instead of 1,000 B.\n");
    f.bank_bytes = 1000;
    EXPECT_EQ(explain_failure(f).cause, FailureCause::kUnknown);
    EXPECT_EQ(
        remedies_text(explain_failure(f)),
        "Open the device with l1_small_size of 1,448 B instead of 1,000 B: that is enough whatever else is in it.\n");
}

TEST(FailureExplanation, KnowsTheBlocksOfOtherAllocators) {
    FailureFigures f = with_bank(out_of_memory("L1", Pool::kL1, 64, 1000), 10000, 3000, 2000);
    f.dependency_ranges = 2;
    f.placeable_per_bank = 1500;
    f.largest_placeable_per_bank = 700;
    const FailureExplanation e = explain_failure(f);
    EXPECT_EQ(e.cause, FailureCause::kOtherAllocators);
    EXPECT_EQ(e.limit,
              "Blocks of overlapping allocators are in the way: the largest piece that they leave is 300 B too small.");
    EXPECT_TRUE(e.had.ends_with("Blocks of other allocators leave 1,500 B of that, at most 700 B in one piece."));
    EXPECT_TRUE(advises(e, "at least 300 B more"));
}

TEST(FailureExplanation, NotesFiguresThatContradictEachOther) {
    FailureFigures f = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 10000, 600, 700);
    f.allocated_per_bank = 1;
    f.requested_bytes = 12001;
    EXPECT_EQ(
        explain_failure(f).notes,
        (std::vector<std::string>{"Allocated and free bytes do not add up to the size of the bank in this message.",
                                  "The largest free block is larger than all free bytes in this message.",
                                  "The banks together would store less than what was asked for in this message."}));
    f = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 2048), 10000, 600, 600);
    f.requested_bytes = 2048;
    EXPECT_EQ(explain_failure(f).notes,
              std::vector<std::string>{"Alignment to pages and banks adds 22,528 B to what was asked for."});
}

TEST(FailureExplanation, LeavesOutSumsThatDoNotFit) {
    const FailureExplanation e =
        explain_failure(with_bank(out_of_memory("DRAM", Pool::kDram, UINT64_MAX, UINT64_MAX), UINT64_MAX, 1, 1));
    EXPECT_EQ(e.cause, FailureCause::kFull);
    EXPECT_EQ(e.missing_per_bank, UINT64_MAX - 1);
    EXPECT_FALSE(e.missing_bytes);
}

TEST(FailureExplanation, MeasuresAClash) {
    const FailureExplanation e = explain_failure(clash(104448, 107936));
    EXPECT_EQ(e.cause, FailureCause::kCbClash);
    EXPECT_EQ(e.asked, "Circular buffers of program 12 on cores [0-0 - 7-7] up to address 107,936.");
    EXPECT_EQ(e.limit, "The circular buffers overlap L1 buffers by 3,488 B on each core.");
    EXPECT_EQ(e.missing_per_bank, 3488u);
    EXPECT_EQ(e.remedies.size(), 2u);
    EXPECT_EQ(explain_failure(clash(500, 500)).cause, FailureCause::kUnknown);
    EXPECT_TRUE(explain_failure(clash(500, 500)).remedies.empty());
}

TEST(FailureExplanation, NamesTheL1BuffersOfAClashAndWhereTheLowestCouldGo) {
    Snapshot snapshot = machine(Pool::kL1, 64, {{5000, 200}, {5200, 100}, {8000, 500}});
    const FailureExplanation e = explain_failure(clash(5000, 5150), &snapshot);
    ASSERT_TRUE(e.holders);
    EXPECT_EQ(e.holders->allocations, 3u);
    EXPECT_TRUE(advises(e, "before this program runs: kv_cache of matmul, llama (100) at 0x1388."));
    EXPECT_TRUE(advises(
        e,
        "Move kv_cache of matmul, llama (100) at 0x1388 up (ttnn.reallocate): there is a hole of 2,700 B at 0x14b4."));
    EXPECT_FALSE(advises(explain_failure(clash(5000, 5250), &snapshot), "Move"));  // two are in the way
    snapshot.chips[0].chip.l1_base = 5000;                                         // not a byte for circular buffers
    EXPECT_FALSE(advises(explain_failure(clash(5000, 5150), &snapshot), "smaller on each core"));
}

TEST(FailureExplanation, MeasuresAnOverflow) {
    FailureFigures f;
    f.kind = FailureKind::kCbOverflow;
    f.cb_region_end = 1573376;
    f.max_l1_bytes = 1572864;
    const FailureExplanation e = explain_failure(f);
    EXPECT_EQ(e.cause, FailureCause::kCbOverflow);
    EXPECT_EQ(e.limit, "The circular buffers exceed L1 by 512 B on each core.");
    EXPECT_EQ(remedies_text(e),
              "Make the circular buffers of this program 512 B smaller on each core: smaller blocks or chunks, or less "
              "double buffering.\n");
    Snapshot snapshot = machine(Pool::kL1, 64, {{5000, 200}});
    snapshot.chips[0].chip.l1_base = 72864;
    snapshot.chips[0].chip.l1_bytes_per_core = 1600000;
    const FailureExplanation informed = explain_failure(f, &snapshot);
    EXPECT_FALSE(informed.holders);
    EXPECT_TRUE(advises(informed, "they begin at 72,864, so 1,500,000 B is the most they can have"));
    EXPECT_TRUE(advises(informed, "a core has 1,600,000 B of L1"));
}

TEST(FailureExplanation, SizesTheTraceRegion) {
    const FailureExplanation e = explain_failure(traces(53616640, 50000000));
    EXPECT_EQ(e.cause, FailureCause::kTraceRegion);
    EXPECT_EQ(e.missing_bytes, 3616640u);
    EXPECT_EQ(e.limit, "The trace region is 3,616,640 B too small.");
    EXPECT_EQ(remedies_text(e),
              "Open the device with trace_region_size of at least 53,617,152 B on Wormhole (12 banks) or 53,616,640 B "
              "on Blackhole (8 banks).\n");
    Snapshot snapshot = machine(Pool::kTrace, 12, {{0, 400000}});
    snapshot.chips[0].chip.pools[static_cast<size_t>(Pool::kDram)] = {12, 1000000};
    const FailureExplanation informed = explain_failure(traces(53616640, 50000000), &snapshot);
    EXPECT_EQ(informed.remedies.at(0).bytes, 53617152u);
    EXPECT_EQ(informed.remedies.at(0).bytes.value() % (12 * 64), 0u);
    EXPECT_TRUE(advises(
        informed,
        "Release traces that are not replayed any more, at least 3,616,640 B: 1 live buffers hold 4,800,000 B."));
}

TEST(FailureExplanation, SaysWhatACutOffMessageCannotTell) {
    FailureFigures f;
    f.kind = FailureKind::kCbClash;
    f.program = 9;
    EXPECT_EQ(explain_failure(f).limit,
              "The circular buffers reach into L1 buffers; the message was cut off before it says how far.");
    EXPECT_EQ(explain_failure(f).asked, "Circular buffers of program 9 on its cores.");
    EXPECT_TRUE(explain_failure(f).remedies.empty());
    for (const FailureKind kind : {FailureKind::kCbOverflow, FailureKind::kTraceRegion, FailureKind::kOutOfMemory}) {
        f.kind = kind;
        EXPECT_FALSE(explain_failure(f).limit.empty());
        EXPECT_TRUE(explain_failure(f).remedies.empty());
    }
}

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
    ASSERT_EQ(e.holders->greatest.size(), 3u);
    EXPECT_EQ(e.holders->greatest[0].allocations, 2u);
    EXPECT_EQ(e.holders->greatest[0].reserved_bytes, 12u * 400);
    EXPECT_EQ(e.holders->greatest[2].reserved_bytes, 12u * 40);
    const Holder& unnamed = e.holders->greatest[2];
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
    EXPECT_EQ(e.remedies.at(0).text,
              "Free kv_cache of matmul, llama (100) at 0x400: 100 B of each bank. That alone makes room, as far as the "
              "machine was seen.");
    const FailureFigures larger = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 901), 10000, 1000, 500);
    EXPECT_EQ(explain_failure(larger, &snapshot).remedies.at(0).bytes, 724u);
    const FailureFigures too_large = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 4001), 10000, 5000, 500);
    EXPECT_FALSE(advises(explain_failure(too_large, &snapshot), "alone makes room"));
}

TEST(FailureExplanation, GivesThreeRemediesAtMost) {
    const Snapshot snapshot = machine(Pool::kL1, 20, {{0, 1000}, {2000, 1000}, {4000, 100}});
    const FailureExplanation e =
        explain_failure(with_bank(out_of_memory("L1", Pool::kL1, 20, 1000), 10000, 1200, 600), &snapshot);
    EXPECT_EQ(e.remedies.size(), kMostRemedies);
}

TEST(FailureExplanation, ReadsWhatTheRuntimeRecorded) {
    Failure recorded;
    EXPECT_FALSE(figures_of(recorded));
    recorded.kind = Failure::Kind::kOutOfMemory;
    recorded.pool = Pool::kL1Small;
    recorded.banks = 64;
    recorded.bytes_per_bank = 448;
    recorded.bank_bytes = 0;
    EXPECT_EQ(figures_of(recorded)->buffer_type, "L1_SMALL");
    EXPECT_EQ(explain_failure(*figures_of(recorded)).cause, FailureCause::kNoRegion);
    recorded.kind = Failure::Kind::kCbClash;
    recorded.bytes_per_bank = 700;
    recorded.bank_bytes = 500;
    EXPECT_EQ(explain_failure(*figures_of(recorded)).missing_per_bank, 200u);
    recorded.kind = Failure::Kind::kCbTooLarge;
    EXPECT_EQ(explain_failure(*figures_of(recorded)).cause, FailureCause::kCbOverflow);
    recorded.kind = Failure::Kind::kTraceRegion;
    recorded.requested_bytes = 900;
    EXPECT_EQ(explain_failure(*figures_of(recorded)).missing_bytes, 400u);
}

}  // namespace
}  // namespace ttmem

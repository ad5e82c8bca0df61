#include "src/analysis/failure_explanation.h"
#include "src/analysis/explained_failures.h"
#include "src/analysis/failure_fit.h"

#include <gtest/gtest.h>

#include <algorithm>

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
    EXPECT_EQ(
        e.had,
        "Each bank has 10,000 B, 9,400 B of it allocated (94.0%) and 600 B free; the largest free block has 500 B.");
    EXPECT_EQ(e.limit, "Full: each bank lacks 400 B, 4,800 B in all.");
    EXPECT_EQ(e.missing_per_bank, 400u);
    EXPECT_EQ(e.missing_bytes, 4800u);
    EXPECT_EQ(
        remedies_text(e),
        "Free at least 400 B in each bank (4,800 B in all), in one piece with free space: weights (bf16 or bfp8), KV "
        "cache (a smaller batch or max_model_len), other tensors.\n"
        "Ask for at most 500 B of each bank (6,000 B in all) at a time: smaller batches, chunks or data types.\n"
        "Shard it over at least 2 chips that have as much free as this one.\n");
    EXPECT_TRUE(e.notes.empty());
}

TEST(FailureExplanation, TellsAFragmentedPoolByWhatTheLargestBlockLacks) {
    const FailureExplanation e =
        explain_failure(with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 9000, 1000, 250));
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
    EXPECT_EQ(explain_failure(f).remedies.at(0).kind, "free");
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
    EXPECT_EQ(
        explain_failure(f).remedies.at(0).text,
        "Open the device with l1_small_size of at least 448 B instead of 0 B: for this buffer; later ones may need "
        "more, so leave headroom (a quarter more is 560 B).");
    EXPECT_EQ(explain_failure(f).remedies.at(1).kind, "config_tensors_in_dram");
    EXPECT_EQ(explain_failure(with_bank(f, 1000, 100, 100)).remedies.at(0).text,
              "Open the device with l1_small_size of at least 1,348 B instead of 1,000 B (1,448 B whatever else is in "
              "it): for this buffer; later ones may need more, so leave headroom (a quarter more is 1,810 B).");
    EXPECT_EQ(explain_failure(with_bank(f, 1000, 500, 100)).remedies.at(0).bytes, 1448u);
    f.bank_bytes = 1000;
    EXPECT_EQ(explain_failure(f).cause, FailureCause::kUnknown);
    EXPECT_EQ(explain_failure(f).remedies.at(0).bytes, 1448u);
    f.bank_bytes = std::nullopt;
    EXPECT_EQ(explain_failure(f).remedies.at(0).kind, "raise_l1_small");
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
    EXPECT_EQ(e.remedies.size(), 3u);
    EXPECT_EQ(explain_failure(clash(500, 500)).cause, FailureCause::kUnknown);
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
    EXPECT_EQ(
        remedies_text(e),
        "Open the device with trace_region_size of at least 53,617,152 B on Wormhole (12 banks) or 53,616,640 B "
        "on Blackhole (8 banks), with headroom for the traces that are captured after this one (a quarter more is "
        "67,021,440 B).\n"
        "Or open it with trace_region_size=0: a tt-metal since February 2026 then places trace buffers in DRAM as "
        "they are needed.\n");
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
    for (const FailureKind kind : {FailureKind::kCbOverflow, FailureKind::kTraceRegion, FailureKind::kOutOfMemory}) {
        f.kind = kind;
        EXPECT_FALSE(explain_failure(f).limit.empty());
        EXPECT_FALSE(explain_failure(f).remedies.empty());
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
    EXPECT_EQ(
        e.remedies.back().text,
        "Free kv_cache of matmul, llama (100) at 0x400: 100 B of each bank. That alone makes room for it, as far as "
        "the machine was seen.");
    const FailureFigures larger = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 901), 10000, 1000, 500);
    EXPECT_EQ(explain_failure(larger, &snapshot).remedies.back().bytes, 724u);
    const FailureFigures too_large = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 4001), 10000, 5000, 500);
    EXPECT_FALSE(advises(explain_failure(too_large, &snapshot), "alone makes room"));
}

// Kinds with whatever is missing: nobody is left without a thing to do, and the first line is never empty.
TEST(FailureExplanation, EndsWithAtLeastOneThingToDo) {
    for (int kind = 0; kind <= static_cast<int>(FailureKind::kUnsafeUnderTrace); ++kind) {
        for (const Pool pool : {Pool::kDram, Pool::kL1, Pool::kL1Small, Pool::kTrace}) {
            FailureFigures f = out_of_memory("X", pool, 12, 1000);
            f.kind = static_cast<FailureKind>(kind);
            for (int known = 0; known < 6; ++known) {
                if (known == 1) f.bank_bytes = 900;
                if (known == 2) f.bank_bytes = 0;
                if (known == 3) f = with_bank(f, 10000, 2000, 500);
                if (known == 4) f = with_bank(f, 10000, 1000, 500);
                if (known == 5) f.bytes_per_bank = f.bank_bytes = f.requested_bytes = std::nullopt;
                const FailureExplanation e = explain_failure(f);
                EXPECT_FALSE(e.verdict.empty()) << kind << " " << known;
                EXPECT_FALSE(e.remedies.empty()) << kind << " " << known;
                for (const Remedy& remedy : e.remedies) EXPECT_FALSE(remedy.kind.empty()) << remedy.text;
            }
        }
    }
}

TEST(FailureExplanation, ABankThatIsNineTenthsFullIsNearlyFullBeforeItIsFragmented) {
    const FailureFigures f = out_of_memory("DRAM", Pool::kDram, 12, 800);
    EXPECT_EQ(explain_failure(with_bank(f, 10000, 1001, 500)).cause, FailureCause::kFragmented);
    const FailureExplanation e = explain_failure(with_bank(f, 10000, 1000, 500));
    EXPECT_EQ(e.cause, FailureCause::kNearlyFull);
    EXPECT_EQ(e.missing_per_bank, 300u);
    EXPECT_EQ(e.remedies.at(0).kind, "free");
    EXPECT_EQ(e.remedies.at(0).bytes, 3600u);
}

TEST(FailureExplanation, KnowsTheSiliconWhereTheMessageHasNoFigures) {
    EXPECT_EQ(explain_failure(out_of_memory("L1", Pool::kL1, 64, 1572865)).cause, FailureCause::kLargerThanBank);
    EXPECT_EQ(explain_failure(out_of_memory("L1", Pool::kL1, 64, 1572864)).cause, FailureCause::kUnknown);
    EXPECT_EQ(explain_failure(out_of_memory("DRAM", Pool::kDram, 12, 1073741793)).cause, FailureCause::kLargerThanBank);
    EXPECT_EQ(explain_failure(out_of_memory("DRAM", Pool::kDram, 8, 1073741793)).cause, FailureCause::kUnknown);
    FailureFigures region = out_of_memory("DRAM", Pool::kDram, 12, 9787392);
    region.bank_bytes = 1046181792;
    EXPECT_TRUE(advises(explain_failure(region), "it takes 27,560,000 B of each bank (330,720,000 B in all)"));
}

TEST(FailureExplanation, ATraceRegionThatAloneIsNotEnoughDisplacesNoOtherRemedy) {
    FailureFigures f = out_of_memory("DRAM", Pool::kDram, 12, 13983744);
    f = with_bank(f, 1071821792, 55185344, 8713184);  // the region has 1,920,000 B, and 5,270,560 B are missing
    EXPECT_FALSE(advises(explain_failure(f), "smaller trace_region_size"));
    EXPECT_TRUE(advises(explain_failure(f), "Shard it over at least 2 chips"));
    f.largest_free_per_bank = 12983744;
    EXPECT_TRUE(advises(explain_failure(f), "goes back to them."));
}

TEST(FailureExplanation, BytesToFreeAreThoseOfAllBanksInEveryPool) {
    for (const auto& [type, pool] : {std::pair{"DRAM", Pool::kDram}, {"L1", Pool::kL1}, {"L1_SMALL", Pool::kL1Small}}) {
        const FailureExplanation e = explain_failure(with_bank(out_of_memory(type, pool, 12, 448), 1000, 100, 100));
        const auto free = std::ranges::find(e.remedies, "free", &Remedy::kind);
        ASSERT_NE(free, e.remedies.end()) << type;
        EXPECT_EQ(free->bytes, 348u * 12) << type;
        EXPECT_NE(free->text.find("4,176 B in all"), std::string::npos) << free->text;
    }
}

TEST(FailureExplanation, SaysHowL1IsSplitAndFindsNoTensorAtItsTop) {
    FailureFigures f = clash(1563072, 1563264);
    const FailureExplanation e = explain_failure(f);
    EXPECT_EQ(e.remedies.at(0).kind, "small_buffers");
    EXPECT_EQ(e.remedies.at(0).bytes, 9792u);
    EXPECT_EQ(e.remedies.at(1).kind, "smaller_l1_small");
    EXPECT_EQ(e.remedies.at(1).bytes, 192u);
    EXPECT_EQ(explain_failure(clash(915456, 1152288)).notes.at(0),
              "How L1 is split: circular buffers up to address 1,152,288, L1 buffers and L1_SMALL from 915,456 to the "
              "end: at most 583,680 B of a core (Wormhole) or 657,408 B of a core (Blackhole).");
}

TEST(FailureExplanation, WhatLivesNowHasAPlaceOnlyWhereItFits) {
    Snapshot s = machine(Pool::kDram, 12, {{0, 9400}});
    s.chips[0].chip.pools[static_cast<size_t>(Pool::kDram)] = {12, 10000};
    const FailureFigures same = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 10000, 600, 500);
    EXPECT_TRUE(snapshot_fits(s, same));
    EXPECT_FALSE(snapshot_fits(s, with_bank(same, 10000, 900, 500))) << "another amount is allocated";
    EXPECT_FALSE(snapshot_fits(s, with_bank(same, 20000, 10600, 500))) << "its banks are larger";
    EXPECT_FALSE(snapshot_fits(s, with_bank(out_of_memory("DRAM", Pool::kDram, 8, 1000), 10000, 600, 500)));
    FailureFigures old = out_of_memory("DRAM", Pool::kDram, 12, 1000);
    EXPECT_TRUE(snapshot_fits(s, old));
    old.bytes_per_bank = 600;
    EXPECT_FALSE(snapshot_fits(s, old)) << "there is room for it now";
    EXPECT_FALSE(snapshot_fits(s, clash(100, 200)));

    FailureScan scan;
    FoundFailure found;
    found.message.figures = with_bank(same, 10000, 900, 500);
    scan.failures = {found};
    const ExplainedFailures explained = explained_failures(scan, &s);
    const ExplainedFailures alone = explained_failures(scan, nullptr);
    EXPECT_EQ(remedies_text(explained.failures[0].explanation), remedies_text(alone.failures[0].explanation));
    EXPECT_FALSE(explained.failures[0].explanation.holders);
    EXPECT_NE(explained.failures[0].explanation.notes.back().find("it is of another run"), std::string::npos);
}

TEST(FailureExplanation, NoBlockIsARemedyWhereThereIsRoomWithoutIt) {
    const Snapshot s = machine(Pool::kDram, 12, {{0, 100}, {5000, 100}});
    const FailureFigures f = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 900), 10000, 800, 500);
    EXPECT_FALSE(advises(explain_failure(f, &s), "alone makes room"));
}

TEST(FailureExplanation, ReadsWhatTheRuntimeRecorded) {
    Failure recorded;
    EXPECT_FALSE(figures_of(recorded));
    recorded.kind = FailureKind::kOutOfMemory;
    recorded.pool = Pool::kL1Small;
    recorded.banks = 64;
    recorded.bytes_per_bank = 448;
    recorded.bank_bytes = 0;
    EXPECT_EQ(figures_of(recorded)->buffer_type, "L1_SMALL");
    EXPECT_EQ(explain_failure(*figures_of(recorded)).cause, FailureCause::kNoRegion);
    recorded.kind = FailureKind::kCbClash;
    recorded.bytes_per_bank = 700;
    recorded.bank_bytes = 500;
    EXPECT_EQ(explain_failure(*figures_of(recorded)).missing_per_bank, 200u);
    recorded.kind = FailureKind::kCbOverflow;
    EXPECT_EQ(explain_failure(*figures_of(recorded)).cause, FailureCause::kCbOverflow);
    recorded.kind = FailureKind::kTraceRegion;
    recorded.requested_bytes = 900;
    EXPECT_EQ(explain_failure(*figures_of(recorded)).missing_bytes, 400u);
}

}  // namespace
}  // namespace ttmem

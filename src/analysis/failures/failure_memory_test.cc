#include "src/analysis/failures/failure_explanation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/sample_figures.h"

namespace ttmem {
namespace {

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
    EXPECT_EQ(e.notes, std::vector<std::string>{
                           "In no order does it fit beside what is held: 112,800 B held and 12,000 B asked for make "
                           "124,800 B of the chip's 120,000 B, 4,800 B too many."});
    EXPECT_EQ(e.remedies.at(0).bytes, 4800u);
    EXPECT_EQ(e.remedies.at(0).bytes_per, "chip");
    EXPECT_EQ(e.remedies.at(2).bytes_per, "");
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
    EXPECT_TRUE(e.notes.at(0).starts_with("By the sum it fits: ") &&
                e.notes.at(0).ends_with(" of the chip's 108,000 B."))
        << e.notes.at(0);
    EXPECT_EQ(e.remedies.at(0).bytes_per, "bank");
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
    EXPECT_EQ(
        explain_failure(f).notes,
        (std::vector<std::string>{"Alignment to pages and banks adds 22,528 B to what was asked for.",
                                  "In no order does it fit beside what is held: 112,800 B held and 24,576 B asked "
                                  "for make 137,376 B of the chip's 120,000 B, 17,376 B too many."}));
}

TEST(FailureExplanation, SaysFirstWhenAMessageContradictsItself) {
    const std::string doubt = "The figures of this message contradict each other";
    FailureFigures f = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 10000, 600, 500);
    EXPECT_FALSE(explain_failure(f).verdict.starts_with(doubt));
    f.free_per_bank = 20000;
    EXPECT_TRUE(explain_failure(f).verdict.starts_with(doubt)) << explain_failure(f).verdict;
    EXPECT_TRUE(explain_failure(out_of_memory("DRAM", Pool::kDram, 0, 1000)).verdict.starts_with(doubt));
}

TEST(FailureExplanation, LeavesOutSumsThatDoNotFit) {
    const FailureExplanation e =
        explain_failure(with_bank(out_of_memory("DRAM", Pool::kDram, UINT64_MAX, UINT64_MAX), UINT64_MAX, 1, 1));
    EXPECT_EQ(e.cause, FailureCause::kFull);
    EXPECT_EQ(e.missing_per_bank, UINT64_MAX - 1);
    EXPECT_FALSE(e.missing_bytes);
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
    EXPECT_TRUE(advises(explain_failure(region), "it takes at least 24,591,392 B of each bank (295,096,704 B in all)"));
    EXPECT_TRUE(explain_failure(region).notes.at(0).find(
                    "27,560,000 B less, which the trace region takes (330,720,000 B "
                    "on the chip); of that, a tt-metal since 0.73 keeps 1,048,608 "
                    "B for itself, and one that was built with its profiler (Tracy) "
                    "another 1,920,000 B, so that at least 24,591,392 B are") != std::string::npos)
        << explain_failure(region).notes.at(0);
    EXPECT_NE(explain_failure(region).notes.at(0).find("A tt-metal up to 0.73 takes trace_region_size of each bank,"),
              std::string::npos);
    EXPECT_TRUE(advises(explain_failure(region), "and what it gives up goes back to them"));
    region.says_only = true;  // older: it keeps nothing
    EXPECT_TRUE(advises(explain_failure(region), "it takes at least 25,640,000 B of each bank (307,680,000 B in all)"));
    EXPECT_NE(explain_failure(region).notes.at(0).find("of each bank, not of the chip"), std::string::npos);
    region.says_only = false;
    region.bank_bytes = 1072693184;  // a bank of 0.81.1, without any region
    EXPECT_FALSE(advises(explain_failure(region), "smaller trace_region_size"));
    EXPECT_TRUE(explain_failure(region).notes.empty());
    for (const uint64_t profiled : {uint64_t{1073741792} - 1920000, uint64_t{1072693184} - 1920000}) {
        region.bank_bytes = profiled;  // of a build with its profiler, without any region either
        EXPECT_FALSE(advises(explain_failure(region), "smaller trace_region_size"));
        EXPECT_NE(explain_failure(region).notes.at(0).find("less, and no trace region: "), std::string::npos);
    }
    FailureFigures p100 =
        out_of_memory("DRAM", Pool::kDram, 7, 9787392);  // each bank keeps what it does where none lacks
    p100.bank_bytes = 4273390016;
    EXPECT_FALSE(advises(explain_failure(p100), "smaller trace_region_size"));
    EXPECT_NE(explain_failure(p100).notes.at(0).find("4,800,000 B less, and no trace region: "), std::string::npos);
}

TEST(FailureExplanation, WorksOutWhatAMessageThatWasCutDoesNotSay) {
    FailureFigures told = out_of_memory("L1", Pool::kL1, 110, 120832);
    told.bank_bytes = 1461760, told.allocated_per_bank = 1449984;
    EXPECT_EQ(explain_failure(told).cause, FailureCause::kFull);
    EXPECT_EQ(explain_failure(told).missing_per_bank, 120832u - 11776);
    told.allocated_per_bank = 1461761;  // no figures of one bank
    EXPECT_EQ(explain_failure(told).cause, FailureCause::kUnknown);
    FailureFigures f = out_of_memory("DRAM", Pool::kDram, 8, 0);
    f.bytes_per_bank.reset(), f.requested_bytes = 36440113152;
    EXPECT_EQ(explain_failure(f).cause, FailureCause::kLargerThanBank);
    EXPECT_EQ(explain_failure(f).asked, "36,440,113,152 B of DRAM in 8 banks: at least 4,555,014,144 B of each bank.");
    f.requested_bytes = 402653184, f.allocated_per_bank = 4196763008, f.free_per_bank = 31824896;
    EXPECT_EQ(explain_failure(f).missing_per_bank, 18506752u);
    EXPECT_TRUE(explain_failure(f).missing_is_bound);
    EXPECT_EQ(explain_failure(f).had.substr(0, 31), "Each bank has 4,228,587,904 B, ");
}

TEST(FailureExplanation, CallsNothingFullOfWhichMostIsFree) {
    EXPECT_EQ(
        explain_failure(with_bank(out_of_memory("L1", Pool::kL1, 64, 1170432), 1393312, 1101312, 1101312)).verdict,
        "L1 has too little room for it: each core lacks 69,120 B, though only 21.0% of it is allocated; place it in "
        "DRAM.");
}

TEST(FailureExplanation, PromisesMoreCoresOnlyWhereThereAreSome) {
    const auto verdict = [](uint64_t banks) {
        return explain_failure(with_bank(out_of_memory("L1", Pool::kL1, banks, 865408), 1330048, 592768, 592768))
            .verdict;
    };
    EXPECT_EQ(verdict(64), "L1 is full: each core lacks 272,640 B; place it in DRAM.");
    EXPECT_EQ(verdict(30), "L1 is full: each core lacks 272,640 B; place it in DRAM, or spread it over more cores.");
}

TEST(FailureExplanation, ATraceRegionThatAloneIsNotEnoughDisplacesNoOtherRemedy) {
    FailureFigures f = out_of_memory("DRAM", Pool::kDram, 12, 13983744);
    f = with_bank(f, 1069821792, 55185344, 8713184);  // the region has some of 3,920,000 B, and 5,270,560 are missing
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

}  // namespace
}  // namespace ttmem

#include "src/analysis/failures/failure_explanation.h"

#include <gtest/gtest.h>

#include "tests/support/sample_figures.h"

namespace ttmem {
namespace {

TEST(FailureExplanation, MeasuresAClash) {
    const FailureExplanation e = explain_failure(clash(604448, 607936));
    EXPECT_EQ(e.cause, FailureCause::kCbClash);
    EXPECT_EQ(e.asked, "Circular buffers of program 12 on cores [0-0 - 7-7] up to address 607,936.");
    EXPECT_EQ(e.limit, "The circular buffers overlap L1 buffers by 3,488 B on each core.");
    EXPECT_EQ(e.missing_per_bank, 3488u);
    EXPECT_EQ(e.remedies.size(), 3u);
    EXPECT_EQ(explain_failure(clash(500, 500)).cause, FailureCause::kUnknown);
}

// A region that ends beyond any L1 is refused as too large, before it could clash.
TEST(FailureExplanation, TrustsNoClashBeyondTheL1OfAnyCore) {
    for (const auto& [buffer, end] :
         {std::pair{856064ull, 99856064ull}, {856064ull, ~0ull}, {1ull << 40, 1ull << 41}}) {
        const FailureExplanation e = explain_failure(clash(buffer, end));
        EXPECT_TRUE(e.verdict.starts_with("The figures of this message contradict each other")) << e.verdict;
        ASSERT_FALSE(e.notes.empty());
        EXPECT_TRUE(e.notes[0].starts_with("No core has L1 up to address ")) << e.notes[0];
    }
    EXPECT_TRUE(explain_failure(clash(1500000, 1572864)).verdict.starts_with("Circular buffers"));
}

TEST(FailureExplanation, WhereL1BuffersHoldMostOfACoreTheyAreTheOnesToMove) {
    const FailureExplanation e = explain_failure(clash(104448, 107936));
    EXPECT_EQ(
        e.verdict,
        "L1 buffers hold most of L1, from address 104,448 on, and the circular buffers lack 3,488 B on each core; "
        "move L1 buffers to DRAM.");
    EXPECT_EQ(e.remedies.at(0).kind, "move_l1_buffers");
}

TEST(FailureExplanation, NamesTheL1BuffersOfAClashAndWhereTheLowestCouldGo) {
    Snapshot snapshot = machine(Pool::kL1, 64, {{5000, 200}, {5200, 100}, {8000, 500}});
    const FailureExplanation e = explain_failure(clash(5000, 5150), &snapshot);
    ASSERT_TRUE(e.holders);
    EXPECT_EQ(e.holders->allocations, 3u);
    EXPECT_TRUE(advises(e, "that begin below address 5,150: kv_cache of matmul at 5,000 (0x1388)."));
    EXPECT_TRUE(e.verdict.ends_with("smaller, or free kv_cache of matmul before it runs.")) << e.verdict;
    EXPECT_TRUE(advises(e,
                        "Move kv_cache of matmul at 5,000 (0x1388) up (ttnn.reallocate): there is a hole of 2,700 B at "
                        "5,300 (0x14b4)."));
    EXPECT_FALSE(advises(explain_failure(clash(5000, 5250), &snapshot), "Move"));  // two are in the way
    snapshot.chips[0].chip.l1_base = 5000;                                         // not a byte for circular buffers
    EXPECT_FALSE(advises(explain_failure(clash(5000, 5150), &snapshot), "smaller blocks"));
}

// What a call made before it failed nobody can free before it is called.
TEST(FailureExplanation, AdvisesToFreeOnlyWhatOthersHold) {
    Snapshot snapshot = machine(Pool::kL1, 64, {{5000, 200}, {5200, 100}, {8000, 500}});
    for (size_t i = 0; i < snapshot.allocations.size(); ++i) snapshot.allocations[i].handle = i + 1;
    const auto with_own = [&](std::set<uint64_t> handles, uint64_t end) {
        const OwnBlocks own{snapshot.allocations[0].process.value, std::move(handles), {}};
        return explain_failure(clash(5000, end), &snapshot, &own);
    };
    const auto handle = [&](size_t i) { return snapshot.allocations[i].handle; };
    const FailureExplanation all_own = with_own({handle(0), handle(1)}, 5250);
    EXPECT_TRUE(
        advises(all_own,
                "What begins below address 5,250 the failing call itself made (2 buffers, 300 B of each core), "
                "so it cannot be freed before: place in DRAM (ttnn.DRAM_MEMORY_CONFIG), or free before, at least "
                "250 B of the 500 B that others hold above: kv_cache of matmul at 8,000 (0x1f40)."))
        << remedies_text(all_own);
    const FailureExplanation too_little = with_own({handle(0), handle(1)}, 5900);
    EXPECT_TRUE(advises(too_little, "give it less at a time")) << remedies_text(too_little);
    EXPECT_FALSE(advises(too_little, "0x")) << remedies_text(too_little);
    const FailureExplanation mixed = with_own({handle(1)}, 5250);
    EXPECT_TRUE(advises(mixed,
                        "5,250: kv_cache of matmul at 5,000 (0x1388). The failing call itself made "
                        "1 other there, which cannot be freed before."))
        << remedies_text(mixed);
    EXPECT_FALSE(advises(with_own({handle(0)}, 5150), "Move kv_cache"));
}

// Each advice names its buffers by their lines, asks for one where one is enough, and the verdict names the same ones.
TEST(FailureExplanation, NamesByItsLineAnyBufferThatIsEnoughInItsVerdictToo) {
    Snapshot snapshot = machine(Pool::kL1, 64, {{130000, 1000}, {131000, 9000}, {140000, 9000}});
    snapshot.texts.push_back("model.py");
    for (uint32_t i = 0; i < 3; ++i) {
        snapshot.stacks.push_back({0, 3, 0, 10 + i});
        snapshot.allocations[i].stack = i + 1, snapshot.allocations[i].handle = i + 1;
    }
    const OwnBlocks history{0, {}, {1, 2, 3}};
    const FailureExplanation e = explain_failure(clash(130000, 138000), &snapshot, &history);
    EXPECT_TRUE(advises(e,
                        "Place in DRAM (ttnn.DRAM_MEMORY_CONFIG): kv_cache of matmul at model.py:12, at 140,000 "
                        "(0x222e0); kv_cache of matmul at model.py:11, at 131,000 (0x1ffb8). One of them is enough: "
                        "what was made later then lies higher."))
        << remedies_text(e);
    EXPECT_TRUE(advises(e,
                        "Or free right before this program runs all that begins below address 138,000: kv_cache of "
                        "matmul at model.py:10, at 130,000 (0x1fbd0); kv_cache of matmul at model.py:11, at 131,000"))
        << remedies_text(e);
    EXPECT_TRUE(e.names_buffers);
    EXPECT_TRUE(
        e.verdict.ends_with("or place kv_cache of matmul at model.py:12 or kv_cache of matmul at model.py:11 in DRAM."))
        << e.verdict;
    // What one line made in a loop is named once.
    for (Allocation& a : snapshot.allocations) a.stack = 1;
    const FailureExplanation loop = explain_failure(clash(130000, 138000), &snapshot, &history);
    EXPECT_TRUE(
        advises(loop, ": kv_cache of matmul at model.py:10, 2 buffers, the lowest at 131,000 (0x1ffb8). One of"))
        << remedies_text(loop);
    EXPECT_TRUE(loop.verdict.ends_with("place one of 2 buffers of kv_cache of matmul at model.py:10 in DRAM."))
        << loop.verdict;
    // Without a history nothing tells what would lie higher.
    EXPECT_FALSE(advises(explain_failure(clash(130000, 138000), &snapshot), "is enough"));
}

// Of a log, which knows no buffer: no more than is missing.
TEST(FailureExplanation, AsksForNoMoreL1ThanIsMissing) {
    EXPECT_TRUE(advises(explain_failure(clash(604448, 607936)),
                        "Place L1 buffers of at least 3,488 B of each core in DRAM (ttnn.DRAM_MEMORY_CONFIG), or free "
                        "those that begin below address 607,936 before this program runs."));
}

TEST(FailureExplanation, SaysWhatALastNumberThatMayBeCutBounds) {
    FailureFigures f = clash(810592, 1445184);
    f.last_may_be_cut = true;
    const FailureExplanation e = explain_failure(f);
    EXPECT_EQ(e.verdict,
              "Circular buffers overlap L1 buffers by at least 634,592 B on each core; make the circular buffers "
              "smaller, or move the L1 buffers to DRAM.");
    EXPECT_TRUE(e.missing_is_bound);
    EXPECT_TRUE(e.notes.back().find("last digits may be missing") != std::string::npos ||
                e.notes.front().find("last digits may be missing") != std::string::npos);
    EXPECT_TRUE(advises(e, "smaller, by at least 634,592 B on each core"));
    f.cb_region_end = 12451;  // cut: it lies below the buffer
    const FailureExplanation cut = explain_failure(f);
    EXPECT_EQ(cut.cause, FailureCause::kCbClash);
    EXPECT_FALSE(cut.missing_per_bank);
    EXPECT_NE(cut.limit.find("cut off"), std::string::npos);
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

}  // namespace
}  // namespace ttmem

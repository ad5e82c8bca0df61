#include "src/analysis/compare/check.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

constexpr size_t kDram = static_cast<size_t>(Pool::kDram);

CheckFigures figures(uint64_t low, std::optional<uint64_t> high, bool complete = true) {
    CheckFigures made;
    made.run.pools[kDram].low = low;
    made.run.pools[kDram].high = high;
    made.run.pools[kDram].owners_at_peak[{"matmul", "x"}].reserved_bytes = low;
    if (!complete) made.run.coverage.note("Something was not seen.");
    return made;
}

CheckOutcome outcome(const CheckFigures& found, uint64_t limit) {
    Limits limits;
    limits.peaks[kDram] = limit;
    return overall(check(found, limits, {}, 0));
}

TEST(Check, PassesOnlyWhatIsKnownToBeWithinTheLimit) {
    EXPECT_EQ(outcome(figures(10, 10), 10), CheckOutcome::kPassed);
    EXPECT_EQ(outcome(figures(11, 11), 10), CheckOutcome::kFailed);
    EXPECT_EQ(outcome(figures(9, 11), 10), CheckOutcome::kInconclusive);
    EXPECT_EQ(outcome(figures(9, std::nullopt), 10), CheckOutcome::kInconclusive);
    EXPECT_EQ(outcome(figures(9, 9, false), 10), CheckOutcome::kInconclusive);
    EXPECT_EQ(outcome(figures(11, 12, false), 10), CheckOutcome::kFailed);  // whatever else there was
    EXPECT_EQ(outcome(CheckFigures{}, 10), CheckOutcome::kPassed);          // nothing was allocated
}

// As of `ttmem record --every`: the processes counted no more than this.
TEST(Check, PassesAPeakWhoseUpperBoundIsWithinTheLimit) {
    CheckFigures found = figures(9, 10, false);
    EXPECT_EQ(outcome(found, 10), CheckOutcome::kInconclusive);
    found.run.bounds_hold = true;
    EXPECT_EQ(outcome(found, 10), CheckOutcome::kPassed);
    EXPECT_EQ(outcome(found, 9), CheckOutcome::kInconclusive);
    EXPECT_EQ(outcome(found, 8), CheckOutcome::kFailed);
    Limits limits;
    limits.leaks = 0;
    EXPECT_EQ(overall(check(found, limits, {}, 0)), CheckOutcome::kInconclusive) << "what leaked has no upper bound";
}

TEST(Check, ComparesWithABaselineWithinATolerance) {
    Baseline baseline;
    baseline.peaks[kDram] = 1000;
    EXPECT_EQ(overall(check(figures(1010, 1010), {}, baseline, 10)), CheckOutcome::kPassed);
    EXPECT_EQ(overall(check(figures(1011, 1011), {}, baseline, 10)), CheckOutcome::kFailed);
    EXPECT_EQ(overall(check(figures(500, 500), {}, baseline, 0)), CheckOutcome::kPassed);
}

TEST(Check, TakesItsFiguresFromTheRecording) {
    const CheckFigures found = check_figures(sample_recording(), "run");
    EXPECT_EQ(found.run.pools[kDram].low, (8 * 1024 + 1024 + 1 + 64) * 1048576ull);
    EXPECT_EQ(found.run.pools[kDram].high, found.run.pools[kDram].low);
    EXPECT_EQ(found.leaks, 1u);  // the 64 MiB of the second iteration
    ASSERT_EQ(found.left.size(), 1u);
    EXPECT_EQ(found.left[0].allocations, 1u);
    Limits limits;
    limits.leaks = 0;
    EXPECT_EQ(overall(check(found, limits, {}, 0)), CheckOutcome::kFailed);
}

TEST(Check, PassesNoLeaksWhereNoIterationJudgesThem) {
    Recording recording = sample_recording();
    for (Allocation& allocation : recording.end.allocations) allocation.iteration = 0;
    for (Process& process : recording.end.processes) process.iterations_begun = process.iterations_ended = 0;
    Limits limits;
    limits.leaks = 0;
    const CheckFigures found = check_figures(recording, "run");
    EXPECT_EQ(found.leaks, 0u);
    EXPECT_EQ(overall(check(found, limits, {}, 0)), CheckOutcome::kInconclusive);
    EXPECT_NE(found.baseline_text().find("\n# leaks: at least 0, and not known exactly\n"), std::string::npos);
}

TEST(Check, TellsWhoHeldAPeakThatIsTooLarge) {
    Limits limits;
    limits.peaks[kDram] = 1;
    const std::vector<CheckLine> lines = check(check_figures(sample_recording(), "run"), limits, {}, 0);
    ASSERT_EQ(lines.at(0).held.size(), 2u);
    EXPECT_EQ(lines[0].held[0].name, "`load` tagged `weights`");
    EXPECT_EQ(lines[0].held[0].reserved_bytes + lines[0].held[1].reserved_bytes, lines[0].low);
    limits.peaks[kDram] = UINT64_MAX;
    EXPECT_TRUE(check(check_figures(sample_recording(), "run"), limits, {}, 0)[0].held.empty());
}

TEST(Check, DoesNotCountLeaksThatAreKnown) {
    Limits limits;
    limits.leaks = 0;
    const Suppressions known = *Suppressions::parse("op:matmul", "a.supp");
    const CheckFigures found = check_figures(sample_recording(), "run", known);
    EXPECT_EQ(found.leaks, 0u);
    ASSERT_EQ(found.run.leaks.suppressed.size(), 1u);
    EXPECT_EQ(found.run.leaks.suppressed.at("op:matmul").allocations, 1u);
    EXPECT_NE(overall(check(found, limits, {}, 0)), CheckOutcome::kFailed);
}

TEST(Check, AddsUpOwnersBeyondTheLargest) {
    CheckFigures found;
    for (uint64_t i = 1; i <= 9; ++i) {
        found.run.pools[kDram].owners_at_peak[{"op" + std::to_string(i), ""}].reserved_bytes = i;
        found.run.pools[kDram].low += i;
    }
    Limits limits;
    limits.peaks[kDram] = 0;
    const std::vector<HeldBy> held = check(found, limits, {}, 0)[0].held;
    ASSERT_EQ(held.size(), 4u);
    EXPECT_EQ(held[0].name, "`op9`");
    EXPECT_EQ(held[3].name, "6 others");
    EXPECT_EQ(held[3].reserved_bytes, 21u);
}

TEST(Check, WritesABaselineThatReadsWellAndThatItReads) {
    const std::string text = check_figures(sample_recording(), "run").baseline_text();
    EXPECT_EQ(text,
              "# ttmem check --baseline: reserved bytes per chip, of the chip with the largest peak\n"
              "peak dram 9731833856  # 9.06 GiB\n"
              "#   8.00 GiB `load` tagged `weights`\n"
              "#   1.06 GiB `matmul`\n"
              "peak l1 0\n"
              "peak l1_small 0\n"
              "peak trace 0\n"
              "peak system 0\n"
              "leaks 1\n");
    const Result<Baseline> read = Baseline::parse(text, "memory.txt");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->peaks[kDram], 9731833856u);
    EXPECT_EQ(read->peaks[static_cast<size_t>(Pool::kTrace)], 0u);
    EXPECT_EQ(read->leaks, 1u);
}

// A pool that nothing used is in a baseline, too: else the first use of it would pass.
TEST(Check, FailsWhereAPoolIsUsedForTheFirstTime) {
    const Result<Baseline> baseline = Baseline::parse(CheckFigures{}.baseline_text(), "memory.txt");
    ASSERT_TRUE(baseline);
    EXPECT_EQ(overall(check(figures(1, 1), {}, *baseline, 10)), CheckOutcome::kFailed);
}

TEST(Check, LeavesWhatIsNotExactOutOfABaselineAndSaysSo) {
    const std::string text = figures(10, 20).baseline_text();
    EXPECT_NE(text.find("\n# peak dram: at least 10 B, and not known exactly\n"), std::string::npos) << text;
    EXPECT_FALSE(Baseline::parse(text, "memory.txt")->peaks[kDram]);
    EXPECT_FALSE(Baseline::parse(figures(10, 10, false).baseline_text(), "memory.txt")->peaks[kDram]);
}

TEST(Check, RefusesALineThatMeansNothing) {
    const Result<Baseline> read = Baseline::parse("peak dram 5\npeak dram\n", "memory.txt");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().what, "memory.txt:2 is no line of a baseline");
}

}  // namespace
}  // namespace ttmem

#include "src/analysis/check.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

constexpr size_t kDram = static_cast<size_t>(Pool::kDram);

CheckFigures figures(uint64_t low, std::optional<uint64_t> high, bool complete = true) {
    CheckFigures made;
    made.peaks[kDram] = {low, high};
    if (!complete) made.coverage.note("Something was not seen.");
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

TEST(Check, ComparesWithABaselineWithinATolerance) {
    Baseline baseline;
    baseline.peaks[kDram] = 1000;
    EXPECT_EQ(overall(check(figures(1010, 1010), {}, baseline, 10)), CheckOutcome::kPassed);
    EXPECT_EQ(overall(check(figures(1011, 1011), {}, baseline, 10)), CheckOutcome::kFailed);
    EXPECT_EQ(overall(check(figures(500, 500), {}, baseline, 0)), CheckOutcome::kPassed);
}

TEST(Check, TakesItsFiguresFromTheRecording) {
    const CheckFigures found = check_figures(sample_recording());
    EXPECT_EQ(found.peaks[kDram].low, (8 * 1024 + 1024 + 1 + 64) * 1048576ull);
    EXPECT_EQ(found.peaks[kDram].high, found.peaks[kDram].low);
    EXPECT_EQ(found.leaks.low, 1u);  // the 64 MiB of the second iteration
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
    const CheckFigures found = check_figures(recording);
    EXPECT_EQ(found.leaks.low, 0u);
    EXPECT_EQ(overall(check(found, limits, {}, 0)), CheckOutcome::kInconclusive);
    EXPECT_FALSE(found.baseline().leaks);
}

TEST(Check, WritesABaselineThatItReads) {
    const Baseline written = check_figures(sample_recording()).baseline();
    const Result<Baseline> read = Baseline::parse(written.text(), "memory.txt");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->peaks, written.peaks);
    EXPECT_EQ(read->leaks, 1u);
}

TEST(Check, RefusesALineThatMeansNothing) {
    const Result<Baseline> read = Baseline::parse("peak dram 5\npeak dram\n", "memory.txt");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().what, "memory.txt:2 is no line of a baseline");
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/peak.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

std::string peak_of(const Recording& recording, GroupBy by = GroupBy::kOp) {
    return peak_text({recording, peaks_of(recording), by, 10}, {});
}

TEST(PeakText, BeginsWithTheVerdictAndShowsWhatWasLive) {
    EXPECT_EQ(peak_of(sample_recording()),
              "dram peaked at 9.06 GiB of 12.0 GiB (75.5%) on chips 0-1 in `matmul` of iteration 2: 88.3% persistent, "
              "11.0% intermediate, 0.7% leaked in the end.\n"
              "\n"
              "CHIPS  POOL      PEAK   FULL  ALLOCATIONS   WHEN  OP      ITERATION\n"
              "0-1    dram  9.06 GiB  75.5%            4  +12 s  matmul          2\n"
              "\n"
              "Live in dram of each of chips 0-1: 9.06 GiB reserved in 4 allocations\n"
              "PART          ALLOCATIONS  REQUESTED  RESERVED  SHARE\n"
              "persistent              1   8.00 GiB  8.00 GiB  88.3%\n"
              "intermediate            1   1.00 GiB  1.00 GiB  11.0%\n"
              "leaked                  1   64.0 MiB  64.0 MiB   0.7%\n"
              "program                 1   1.00 MiB  1.00 MiB  <0.1%\n"
              "\n"
              "OP      ALLOCATIONS  REQUESTED  RESERVED  SHARE\n"
              "load              1   8.00 GiB  8.00 GiB  88.3%\n"
              "matmul            3   1.06 GiB  1.06 GiB  11.7%\n"
              "\n"
              "Recorded: 16 s, 15 events of 1 process.\n");
}

// A helper that everybody calls is no answer.
TEST(PeakText, ByLineSaysWhoCalledIt) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint32_t main = maker.frame(0, "main.py", 7, "<module>"), test = maker.frame(0, "test.py", 9, "<module>");
    const uint32_t made = maker.frame(main, "model.py", 42, "forward");
    maker.alloc(chip, Pool::kDram, 4096, {.stack = made});
    EXPECT_NE(peak_of(maker.finish(), GroupBy::kLine).find("\nmodel.py:42 forward  main.py:7 <module>            1"),
              std::string::npos)
        << peak_of(maker.finish(), GroupBy::kLine);
    maker.recording.end.stacks.push_back(maker.recording.end.stacks[made]);
    const auto other = static_cast<uint32_t>(maker.recording.end.stacks.size() - 1);
    maker.recording.end.stacks[other].caller = test;
    maker.alloc(chip, Pool::kDram, 4096, {.stack = other});
    EXPECT_NE(peak_of(maker.finish(), GroupBy::kLine).find("\nmodel.py:42 forward  2 callers            2"),
              std::string::npos)
        << peak_of(maker.finish(), GroupBy::kLine);
    EXPECT_EQ(peak_of(maker.finish(), GroupBy::kLine).find("No line of Python is known"), std::string::npos);
}

TEST(PeakText, ByLineSaysWhatWouldTellLinesWhereNoneIsKnown) {
    RecordingMaker maker;
    maker.alloc(maker.place({1}), Pool::kDram, 4096);
    EXPECT_NE(peak_of(maker.finish(), GroupBy::kLine)
                  .find("\nNo line of Python is known: `ttmem run --stacks` records them.\n"),
              std::string::npos);
    EXPECT_EQ(peak_of(maker.finish(), GroupBy::kOp).find("No line"), std::string::npos);
}

TEST(PeakText, SaysThatMoreWasInUseBeforeTheHistoryBegins) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.recording.end.processes[0].started_at = RecordingMaker::kBegan - 5;
    maker.use(0, 1).pool(Pool::kDram).peak_reserved = Interval{4096, 4096};
    maker.alloc(chip, Pool::kDram, 1024);
    EXPECT_TRUE(
        peak_of(maker.finish())
            .starts_with("dram had reached 4.00 KiB on chip 1 before this history begins; what was live then is not "
                         "known.\n"));
}

// Each chip is opened by itself, so that calls of their own use them alike.
TEST(PeakText, HasALineForChipsThatWereUsedAlike) {
    RecordingMaker maker;
    const uint32_t op = maker.text("matmul");
    for (const uint64_t chip : {1, 2, 3}) maker.alloc(maker.place({chip}), Pool::kDram, 4096, op);
    maker.alloc(maker.place({4}), Pool::kDram, 4096);
    const std::string text = peak_of(maker.finish());
    EXPECT_TRUE(text.starts_with("dram peaked at 4.00 KiB on chips 1-3 in `matmul`:")) << text;
    EXPECT_NE(text.find("\n1-3    dram  4.00 KiB     -            1  +1 s to +3 s  matmul\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("\n4      dram  4.00 KiB "), std::string::npos) << text;
}

TEST(PeakText, SaysWhatLeakedInAPoolThatIsNotTheFullest) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.recording.end.processes[0].chips[0].pool(Pool::kDram).capacity_bytes = 1 << 30;
    maker.recording.end.processes[0].chips[0].pool(Pool::kL1).capacity_bytes = 1 << 20;
    maker.begin_iteration();
    maker.alloc(chip, Pool::kDram, 4096);
    maker.free(maker.alloc(chip, Pool::kL1, 1 << 19));
    maker.end_iteration();
    const std::string text = peak_of(maker.finish());
    EXPECT_NE(text.substr(0, text.find('\n')).find(" Leaked in the end, per chip: 4.00 KiB of dram."),
              std::string::npos)
        << text;
    EXPECT_EQ(peak_of(sample_recording()).find("Leaked in the end"), std::string::npos)
        << "the fullest pool shows it anyhow";
}

TEST(PeakText, BeginsWithWhatFailed) {
    Recording recording = sample_recording();
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory;
    failure.at = RecordingMaker::kBegan + 3 * RecordingMaker::kStep;
    failure.requested_bytes = 4096;
    recording.end.processes[0].failures = {failure};
    recording.end.processes[0].failed_allocations = 3;
    EXPECT_TRUE(
        peak_of(recording).starts_with("An allocation of 4.00 KiB failed at +3 s, the last of 3 that failed. "
                                       "dram peaked at "))
        << peak_of(recording);
    recording.end.processes[0].failures[0].kind = FailureKind::kCbClash;
    recording.end.processes[0].failed_allocations = 1;
    EXPECT_TRUE(peak_of(recording).starts_with("Circular buffers did not fit at +3 s. dram peaked at "));
    recording.end.processes[0].failures[0].at = recording.ended_at + 1;
    EXPECT_TRUE(peak_of(recording).starts_with("dram peaked at ")) << "it is of later";
}

TEST(PeakText, SaysThatNothingWasAllocated) {
    EXPECT_EQ(peak_of(RecordingMaker().finish()).substr(0, 23), "Nothing was allocated.\n");
    EXPECT_EQ(peak_of({}).substr(0, 19), "Nothing is tracked:");
}

}  // namespace
}  // namespace ttmem

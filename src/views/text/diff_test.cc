#include "src/views/text/diff.h"

#include <gtest/gtest.h>

#include "tests/support/sample_diff.h"

namespace ttmem {
namespace {

TEST(DiffText, BeginsWithWhatGrewAndByWhom) {
    const std::vector<RunFigures> runs = sample_runs();
    EXPECT_EQ(
        diff_text({runs, diff(runs), 0}, {}),
        R"(The peak of dram grew by 96.0 MiB per chip, from 8.12 GiB (A) to 8.22 GiB (B), most by `matmul` (+64.0 MiB).
At the end 32.0 MiB more of dram is left, on all chips, most by `cache` (+32.0 MiB).
Not judged for leaks: 1 allocation, 32.0 MiB, of B (no iterations were marked, so nothing can be called leaked).

PEAK PER CHIP         A         B    GREW BY
dram           8.12 GiB  8.22 GiB  +96.0 MiB

AT THE PEAK OF dram, PER CHIP         A         B        GREW BY
matmul                          128 MiB   192 MiB      +64.0 MiB
cache                                 -  32.0 MiB  +32.0 MiB new
1 other, the same              8.00 GiB  8.00 GiB            0 B
total                          8.12 GiB  8.22 GiB      +96.0 MiB

LEFT AT THE END IN dram, ALL CHIPS         A         B        GREW BY
cache                                      -  32.0 MiB  +32.0 MiB new
1 other, the same                   8.00 GiB  8.00 GiB            0 B
total                               8.00 GiB  8.03 GiB      +32.0 MiB

A: yesterday.ttmem: 4 s, 3 events of 1 process on 1 chip.
B: today.ttmem: 5 s, 4 events of 1 process on 1 chip.
)");
}

TEST(DiffText, SaysWhenNothingGrew) {
    const std::vector<RunFigures> same{sample_run(false), sample_run(false)};
    EXPECT_TRUE(diff_text({same, diff(same), 0}, {}).starts_with("Nothing grew: all is the same.\n"));
    const std::vector<RunFigures> back{sample_run(true), sample_run(false)};
    const std::string text = diff_text({back, diff(back), 0}, {});
    EXPECT_TRUE(text.starts_with("Nothing grew.\nThe peak of dram shrank by 96.0 MiB per chip, ")) << text;
}

TEST(DiffText, AddsUpWhatItLeavesOut) {
    const std::vector<RunFigures> runs = sample_runs();
    const std::string text = diff_text({runs, diff(runs), 1}, {});
    EXPECT_NE(text.find("1 more (--limit 0)"), std::string::npos) << text;
    EXPECT_NE(text.find("total"), std::string::npos) << text;
}

TEST(DiffText, PutsThreeRunsOnOneAxis) {
    const std::vector<RunFigures> runs{sample_run(false), sample_run(true), sample_run(false)};
    const std::string text = diff_text({runs, diff(runs), 0}, {});
    EXPECT_NE(text.find("SPREAD"), std::string::npos) << text;
    EXPECT_NE(text.find("*"), std::string::npos) << text;
}

TEST(DiffText, SaysWhatCannotBeTold) {
    std::vector<RunFigures> runs = sample_runs();
    runs[0].pools[0].high = runs[0].pools[0].low * 2;
    EXPECT_TRUE(diff_text({runs, diff(runs), 0}, {}).find("Whether the peak of dram grew cannot be told") !=
                std::string::npos);
}

TEST(DiffText, BeginsWithWhatIsNotKnownAndAddsUpAllTheSame) {
    const std::vector<RunFigures> runs{sample_run(true), sample_cut_run()};
    EXPECT_EQ(
        diff_text({runs, diff(runs), 0}, {}),
        R"(Incomplete: not everything is known of B, and what is missing may look like a difference; what is left at the end of B is not known.
Whether the peak of dram grew cannot be told: from 8.22 GiB (A) to >= 8.00 GiB (B).
Not judged for leaks: 1 allocation, 32.0 MiB, of A (no iterations were marked, so nothing can be called leaked).

PEAK PER CHIP         A            B  GREW BY
dram           8.22 GiB  >= 8.00 GiB        ?

AT THE PEAK OF dram, PER CHIP  TAG             A         B         GREW BY
load                           weights  8.00 GiB         -  -8.00 GiB gone
matmul                                   192 MiB         -   -192 MiB gone
cache                                   32.0 MiB         -  -32.0 MiB gone
(not recorded)                                 -  8.00 GiB       +8.00 GiB
total                                   8.22 GiB  8.00 GiB        -224 MiB

LEFT AT THE END IN dram, ALL CHIPS  TAG             A  B  GREW BY
load                                weights  8.00 GiB  ?        ?
cache                                        32.0 MiB  ?        ?
total                                        8.03 GiB  ?        ?

A: today.ttmem: 5 s, 4 events of 1 process on 1 chip.
B: cut.ttmem: 1 s, 0 events of 1 process on 1 chip.
Incomplete: cut.ttmem: the capture cut.ttmem is not whole
)");
}

TEST(DiffText, OfTwoRunsThatAreNotWholeNeverSaysThatAllIsTheSame) {
    const std::vector<RunFigures> runs{sample_cut_run(), sample_cut_run()};
    const std::string text = diff_text({runs, diff(runs), 0}, {});
    EXPECT_TRUE(text.starts_with("Incomplete: not everything is known of A and B")) << text;
    EXPECT_EQ(text.find("same"), std::string::npos) << text;
}

TEST(DiffText, BeginsWithWhatFailedInEachRun) {
    std::vector<RunFigures> runs = sample_runs();
    Failure failure;
    failure.kind = FailureKind::kCbClash;
    runs[0].failure = failure;
    runs[0].failed_op = "ttnn.conv2d";
    runs[0].failures = 3;
    failure.kind = FailureKind::kOutOfMemory;
    failure.requested_bytes = 2048;
    runs[1].failure = failure;
    const std::string text = diff_text({runs, diff(runs), 0}, {});
    EXPECT_TRUE(
        text.starts_with("A: Circular buffers of `ttnn.conv2d` did not fit, the last of 3.\nB: An allocation of "
                         "2.00 KiB failed.\n"))
        << text;
    runs[1].failure.reset();
    EXPECT_NE(diff_text({runs, diff(runs), 0}, {}).find("B: Nothing failed.\n"), std::string::npos);
}

TEST(DiffText, SaysThatThereIsNothingToCompare) {
    const std::vector<RunFigures> runs(2);
    EXPECT_TRUE(diff_text({runs, diff(runs), 0}, {}).starts_with("No run used any memory"));
}

TEST(DiffText, FitsIntoEightyColumns) {
    const std::vector<RunFigures> runs = sample_runs();
    const std::string text = diff_text({runs, diff(runs), 0}, {.width = 80});
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = text.find('\n', begin);
        EXPECT_LE(end - begin, 80u) << text.substr(begin, end - begin);
        begin = end + 1;
    }
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/tree.h"

#include <gtest/gtest.h>

#include "tests/support/sample_core_need.h"
#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(TreeText, ShowsWhoHoldsWhatLevelByLevel) {
    const Recording recording = sample_recording();
    const Peaks peaks = peaks_of(recording);
    const std::vector<TreeLevel> levels = {TreeLevel::kOp, TreeLevel::kPart};
    TreeValues values{recording, peaks.coverage, {}, levels};
    values.pools.push_back({peaks.pools[0].chips, Pool::kDram, tree_of(peaks.pools[0].moment.shares, levels)});
    values.limit = 2;
    EXPECT_EQ(tree_text(values, {}),
              "load holds 8.00 GiB of the 9.06 GiB that are live in dram of each of chips 0-1 at its peak: 88.3%.\n"
              "\n"
              "dram, chips 0-1: op > part  ALLOCATIONS  REQUESTED  RESERVED  SHARE\n"
              "all                                   4   9.06 GiB  9.06 GiB   100%\n"
              "  load                                1   8.00 GiB  8.00 GiB  88.3%\n"
              "    persistent                        1   8.00 GiB  8.00 GiB  88.3%\n"
              "  matmul                              3   1.06 GiB  1.06 GiB  11.7%\n"
              "    intermediate                      1   1.00 GiB  1.00 GiB  11.0%\n"
              "    leaked                            1   64.0 MiB  64.0 MiB   0.7%\n"
              "    ... 1 more                        1   1.00 MiB  1.00 MiB  <0.1%\n"
              "\n"
              "Recorded: 16 s, 15 events of 1 process.\n");
}

TEST(TreeText, TellsBelowWhatProgramsNeededOfACore) {
    const Recording recording = sample_recording();
    const Peaks peaks = peaks_of(recording);
    TreeValues values{recording, peaks.coverage, {}, {TreeLevel::kOp}};
    values.pools.push_back({peaks.pools[0].chips, Pool::kDram, tree_of(peaks.pools[0].moment.shares, values.levels)});
    values.cores = {sample_core_need()};
    const std::string text = tree_text(values, {});
    EXPECT_NE(text.find("\n\nA core's L1 was fullest on chips 0-1 when `matmul` of iteration 2 ran: "),
              std::string::npos)
        << text;
}

}  // namespace
}  // namespace ttmem

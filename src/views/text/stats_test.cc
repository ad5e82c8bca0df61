#include "src/views/text/stats.h"

#include <gtest/gtest.h>

#include "tests/support/sample_core_need.h"
#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(StatsText, CountsAndSaysWhoHoldsMostForLongest) {
    const Recording recording = sample_recording();
    const std::string text = stats_text({recording, stats_of(recording), 10}, {});
    EXPECT_TRUE(
        text.starts_with("5 allocations: 20.1 GiB requested and 20.1 GiB reserved on all chips together; 2 freed by "
                         "the program, 0 by a close or the end, 3 live at the end.\n"))
        << text;
    EXPECT_NE(text.find("POOL  ALLOCATIONS  FREED  CLOSED  LIVE  TEMPORARY  RESERVED\n"
                        "dram            5      2       0     3          0  20.1 GiB\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("Sizes in dram:\n"), std::string::npos);
    EXPECT_NE(text.find("Lifetimes in dram, of what has ended:\n"
                        " LIVED  ALLOCATIONS\n"
                        "< 10 s            2  ########################\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("OP      TAG      CLASS    POOL        HELD  SHARE"), std::string::npos) << text;
}

// Circular buffers are no allocations, and need most of a core's L1 all the same.
TEST(StatsText, TellsWhatProgramsNeededOfACore) {
    const Recording recording = sample_recording();
    Stats stats = stats_of(recording);
    EXPECT_TRUE(stats.cores.empty());
    stats.cores = {sample_core_need()};
    const std::string text = stats_text({recording, stats, 10}, {});
    EXPECT_NE(text.find("\n\nA core's L1 was fullest on chips 0-1 when `matmul` of iteration 2 ran: "),
              std::string::npos)
        << text;
}

}  // namespace
}  // namespace ttmem

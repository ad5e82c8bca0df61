// Crashes after every store to the ledger of the client library as compiled, under sampled interleavings of its calls
// for programs, circular buffers and traces, read by the product's reader.
//
// 50 schedules per number of threads are usual (seeds.h).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/crash/schedule_process.h"

namespace ttmem::crash {
namespace {

class ProgramCrashPoint : public testing::TestWithParam<int> {};

TEST_P(ProgramCrashPoint, IsReadAsTheStateBeforeOrAfterEachCall) {
    const uint64_t count = schedule_count(50);
    const Outcome sum = run_schedules(run_program_schedule, GetParam(), count);
    ASSERT_STREQ(sum.flaw, "");
    fmt::print(
        "{} threads: {} schedules, {} calls, {} crash points; {} calls refused, {} replays, {} plans left behind, "
        "{} session records reused, {} resident plans seen\n",
        GetParam(), count, sum.calls, sum.crash_points, sum.refused, sum.replays, sum.left_behind, sum.reused_sessions,
        sum.resident);
    EXPECT_GT(sum.crash_points, 50 * count);
    if (count < 50) return;  // a replay
    EXPECT_GT(sum.refused, 0u);
    EXPECT_GT(sum.replays, 0u);
    EXPECT_GT(sum.left_behind, 0u);
    if (GetParam() == 1) {  // the more calls of one thread, the more it closes and opens
        EXPECT_GT(sum.reused_sessions, 0u);
    }
    EXPECT_GT(sum.resident, 100u);
}

INSTANTIATE_TEST_SUITE_P(Threads, ProgramCrashPoint, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace ttmem::crash

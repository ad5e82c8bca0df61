// Crashes after every store to the ledger of the client library as compiled, under sampled interleavings of its public
// calls: sessions, scopes, iterations, frees by address, marks, failures and all, read by the product's reader.
//
// 50 schedules per number of threads are usual (seeds.h).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/crash/schedule_process.h"

namespace ttmem::crash {
namespace {

class LibraryCrashPoint : public testing::TestWithParam<int> {};

TEST_P(LibraryCrashPoint, IsReadAsTheStateBeforeOrAfterEachCall) {
    const uint64_t count = schedule_count(50);
    const Outcome sum = run_schedules(run_library_schedule, GetParam(), count);
    ASSERT_STREQ(sum.flaw, "");
    fmt::print(
        "{} threads: {} schedules, {} calls, {} crash points, in flight: {} redone, {} ignored; {} ends refused, "
        "{} session records reused, {} allocations retired, {} points in a chip's description\n",
        GetParam(), count, sum.calls, sum.crash_points, sum.redone, sum.ignored, sum.refused, sum.reused_sessions,
        sum.retired, sum.torn_descriptions);
    EXPECT_GT(sum.crash_points, 50 * count);
    if (count < 50) return;  // a replay
    EXPECT_GT(sum.redone, 500u);
    EXPECT_GT(sum.ignored, 500u);
    EXPECT_GT(sum.refused, 0u);
    EXPECT_GT(sum.reused_sessions, 0u);
    if (GetParam() == 1) {  // the more calls of one thread, the fuller the ledger
        EXPECT_GT(sum.retired, 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Threads, LibraryCrashPoint, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace ttmem::crash

// Crashes after every store to the ledger of the client library as compiled, under sampled interleavings of its calls
// for programs, circular buffers and traces, read by the product's reader.
//
// 50 schedules per number of threads are usual (seeds.h).
#include "tests/crash/program_world.h"

#include <gtest/gtest.h>

#include "tests/crash/schedule_process.h"
#include "tests/crash/seeds.h"

namespace ttmem::crash {
namespace {

class ProgramCrashPoint : public testing::TestWithParam<int> {};

TEST_P(ProgramCrashPoint, IsReadAsTheStateBeforeOrAfterEachCall) {
    const LedgerDirectory directory;
    ASSERT_FALSE(directory.path().empty());
    const uint64_t first = first_seed(), count = schedule_count(50);
    ProgramOutcome sum;
    for (uint64_t seed = first; seed < first + count; ++seed) {
        const auto outcome =
            run_in_child<ProgramOutcome>([&] { return run_program_schedule(seed, GetParam(), directory.path()); });
        directory.empty();
        ASSERT_STREQ(outcome.flaw, "") << "seed " << seed;
        sum.crash_points += outcome.crash_points;
        sum.calls += outcome.calls;
        sum.refused += outcome.refused;
        sum.replays += outcome.replays;
        sum.left_behind += outcome.left_behind;
        sum.reused_sessions += outcome.reused_sessions;
        sum.resident += outcome.resident;
    }
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

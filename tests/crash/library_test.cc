// Crashes after every store to the ledger of the client library as compiled, under sampled interleavings of its public
// calls: sessions, scopes, iterations, frees by address, marks, failures and all, read by the product's reader.
//
// 50 schedules per number of threads are usual (seeds.h).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/crash/library_world.h"
#include "tests/crash/schedule_process.h"
#include "tests/crash/seeds.h"

namespace ttmem::crash {
namespace {

class LibraryCrashPoint : public testing::TestWithParam<int> {};

TEST_P(LibraryCrashPoint, IsReadAsTheStateBeforeOrAfterEachCall) {
    const LedgerDirectory directory;
    ASSERT_FALSE(directory.path().empty());
    const uint64_t first = first_seed(), count = schedule_count(50);
    LibraryOutcome sum;
    for (uint64_t seed = first; seed < first + count; ++seed) {
        const auto outcome =
            run_in_child<LibraryOutcome>([&] { return run_library_schedule(seed, GetParam(), directory.path()); });
        directory.empty();
        ASSERT_STREQ(outcome.flaw, "") << "seed " << seed;
        sum.crash_points += outcome.crash_points;
        sum.calls += outcome.calls;
        sum.redone += outcome.redone;
        sum.ignored += outcome.ignored;
        sum.refused_ends += outcome.refused_ends;
        sum.reused_sessions += outcome.reused_sessions;
        sum.retired += outcome.retired;
        sum.torn_descriptions += outcome.torn_descriptions;
    }
    fmt::print(
        "{} threads: {} schedules, {} calls, {} crash points, in flight: {} redone, {} ignored; {} ends refused, "
        "{} session records reused, {} allocations retired, {} points in a chip's description\n",
        GetParam(), count, sum.calls, sum.crash_points, sum.redone, sum.ignored, sum.refused_ends, sum.reused_sessions,
        sum.retired, sum.torn_descriptions);
    EXPECT_GT(sum.crash_points, 50 * count);
    if (count < 50) return;  // a replay
    EXPECT_GT(sum.redone, 500u);
    EXPECT_GT(sum.ignored, 500u);
    EXPECT_GT(sum.refused_ends, 0u);
    EXPECT_GT(sum.reused_sessions, 0u);
    if (GetParam() == 1) {  // the more calls of one thread, the fuller the ledger
        EXPECT_GT(sum.retired, 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Threads, LibraryCrashPoint, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace ttmem::crash

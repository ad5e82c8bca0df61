// Crashes after every shared store of sampled interleavings, in the product's own recorder, read by its own reader.
//
// 250 schedules per number of threads are usual (seeds.h).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/crash/schedules.h"
#include "tests/crash/seeds.h"

namespace ttmem::crash {
namespace {

std::string in_words(const Flaw& flaw) {
    return fmt::format("seed {}, {} threads, after store {}: {}", flaw.seed, flaw.threads, flaw.store, flaw.what);
}

void print(const char* name, const Tally& tally) {
    fmt::print(
        "{}: {} schedules ({} overlapping), {} crash points, in flight: {} redone, {} ignored; {} ends refused, "
        "{} events declared lost\n",
        name, tally.schedules, tally.overlapping_schedules, tally.crash_points, tally.redone, tally.ignored,
        tally.refused_ends, tally.lost_events);
}

class EveryCrashPoint : public testing::TestWithParam<int> {};

TEST_P(EveryCrashPoint, IsReadAsTheStateBeforeOrAfterTheOperation) {
    Tally tally;
    const auto flaw = run_schedules<CrashStore>(first_seed(), schedule_count(250), GetParam(), tally);
    print(fmt::format("{} threads", GetParam()).c_str(), tally);
    ASSERT_FALSE(flaw.has_value()) << in_words(*flaw);
    EXPECT_EQ(tally.schedules, schedule_count(250));
    if (schedule_count(250) < 100) return;  // a replay
    EXPECT_GT(tally.crash_points, 100 * schedule_count(250));
    EXPECT_GT(tally.redone, 1000u);
    EXPECT_GT(tally.ignored, 1000u);
    EXPECT_GT(tally.lost_events, 0u);
    if (GetParam() > 1) {
        EXPECT_GT(tally.refused_ends, 0u);
        EXPECT_GT(tally.overlapping_schedules, schedule_count(250) / 2);
    }
}

INSTANTIATE_TEST_SUITE_P(Threads, EveryCrashPoint, testing::Values(1, 2, 3, 4));

// The harness is worth what it can find: each of these mistakes must show within the same number of schedules.
template <Bug kBug>
void expect_caught(const char* name) {
    Tally tally;
    std::optional<Flaw> flaw;
    for (int threads = 2; threads <= 4 && !flaw; ++threads) {
        flaw = run_schedules<BuggyStore<kBug>>(1, 400, threads, tally);
    }
    ASSERT_TRUE(flaw.has_value()) << name << " was not noticed at " << tally.crash_points << " crash points";
    Tally right;
    const auto otherwise = run_schedule<CrashStore>(Plan::from_seed(flaw->seed, flaw->threads), right);
    ASSERT_FALSE(otherwise.has_value()) << "not the bug's doing: " << in_words(*otherwise);
    fmt::print("caught after {} crash points: {}\n", tally.crash_points, in_words(*flaw));
}

TEST(SeededBug, OperationDeclaredFinishedBeforeItsEventIsCaught) { expect_caught<Bug::kEvenBeforeEvent>("even first"); }
TEST(SeededBug, SlotCommittedBeforeItsWordsIsCaught) { expect_caught<Bug::kLiveBeforeBody>("live first"); }
TEST(SeededBug, EventPublishedBeforeItsWordsIsCaught) { expect_caught<Bug::kPositionBeforeEvent>("position first"); }
TEST(SeededBug, RedoRecordWrittenTooLateIsCaught) { expect_caught<Bug::kRedoAfterCommit>("commit first"); }
TEST(SeededBug, SlotHandedBackWhileItsFreeIsInFlightIsCaught) {
    expect_caught<Bug::kHandBackBeforeEvent>("hand-back first");
}
TEST(SeededBug, FreeWithoutCompareAndSwapIsCaught) { expect_caught<Bug::kFreeWithoutCas>("free without CAS"); }
TEST(SeededBug, PeakRaisedWithoutCompareAndSwapIsCaught) { expect_caught<Bug::kPeakWithoutCas>("peak without CAS"); }
TEST(SeededBug, RowAddedToWithoutAtomicAddIsCaught) { expect_caught<Bug::kRowWithoutAtomicAdd>("row without add"); }
TEST(SeededBug, ForgottenOrderOfAFreeIsCaught) { expect_caught<Bug::kOrderForgotten>("order forgotten"); }
TEST(SeededBug, RowTakenUnderAnOperationIsCaught) { expect_caught<Bug::kRowTakenWithoutWaiting>("taken too early"); }

// What catches the bugs is not the buggy store itself.
TEST(SeededBug, NoBugIsNoFlaw) {
    Tally tally;
    const auto flaw = run_schedules<BuggyStore<Bug::kNone>>(1, 30, 3, tally);
    EXPECT_FALSE(flaw.has_value()) << in_words(*flaw);
    EXPECT_GT(tally.crash_points, 5000u);
}

}  // namespace
}  // namespace ttmem::crash

#include "src/analysis/moment.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(AsOf, AddsUpWhatWasLiveOnEachChipOfAPlace) {
    const Snapshot then = as_of(sample_snapshot(), kSampleNow);
    for (const ChipUse& use : then.processes[0].chips) {
        EXPECT_EQ(use.pool(Pool::kDram).reserved_bytes, 4227072u);
        EXPECT_EQ(use.pool(Pool::kDram).requested_bytes, 4218880u);
        EXPECT_EQ(use.pool(Pool::kDram).allocations, 2u);
        EXPECT_EQ(use.pool(Pool::kDram).capacity_bytes, 12884901888u);
        EXPECT_EQ(use.pool(Pool::kL1).reserved_bytes, 0u);
    }
}

TEST(AsOf, LeavesAbsentWhatOnlyTheEndKnows) {
    const Snapshot then = as_of(sample_snapshot(), kSampleNow);
    EXPECT_FALSE(then.processes[0].chips[0].pool(Pool::kDram).peak_reserved);
    EXPECT_FALSE(then.processes[0].chips[0].cb.reserved_bytes);
    EXPECT_TRUE(then.chips.empty());
}

TEST(AsOf, DoesNotCountWhatACloseHadReleased) {
    Snapshot snapshot = sample_snapshot();
    for (Allocation& allocation : snapshot.allocations) allocation.released = true;
    const Snapshot then = as_of(std::move(snapshot), kSampleNow);
    EXPECT_EQ(then.processes[0].chips[0].pool(Pool::kDram).reserved_bytes, 0u);
}

TEST(AsOf, LetsAProcessLiveThatEndedLaterAndHaveNoChipsBeforeItBegan) {
    Snapshot snapshot = sample_snapshot();
    snapshot.processes[1].last_sign_at = kSampleNow - kSecond;
    const WallTime before = *snapshot.processes[0].started_at - kSecond;
    const Snapshot then = as_of(std::move(snapshot), before);
    EXPECT_EQ(then.processes[1].state, ProcessState::kLive);
    EXPECT_FALSE(had_begun(then.processes[0], before));
    EXPECT_TRUE(then.processes[0].chips.empty());
}

}  // namespace
}  // namespace ttmem

#include "src/analysis/held.h"

#include <gtest/gtest.h>

#include "src/analysis/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(Held, OnlyEndedProcessesAndOnlyWhatNoCloseReleased) {
    const std::vector<HeldBy> held = held_by_ended_processes(sample_snapshot());
    ASSERT_EQ(held.size(), 1u);
    EXPECT_EQ(held[0].process, ProcessIndex{1});
    EXPECT_EQ(held[0].allocations, Selection{2});
    EXPECT_EQ(held[0].sum, (Sum{1, 2048, 24576}));
    ASSERT_EQ(held[0].owners.size(), 1u);
    EXPECT_EQ(held[0].owners[0].owner.allocation_class, AllocationClass::kTensor);
}

TEST(Held, AProcessThatHeldNothingIsNotListed) {
    Snapshot s = sample_snapshot();
    s.allocations[2].released = true;
    EXPECT_TRUE(held_by_ended_processes(s).empty());
}

TEST(Held, TwoProcessesWithTheSamePidAreTwo) {
    Snapshot s = sample_snapshot();
    s.processes[0].pid = s.processes[1].pid;
    s.processes[0].state = ProcessState::kExited;
    const std::vector<HeldBy> held = held_by_ended_processes(s, {.pid = 200});
    ASSERT_EQ(held.size(), 2u);
    EXPECT_EQ(held[0].sum.allocations, 2u);
    EXPECT_EQ(held[1].sum.allocations, 1u);
}

}  // namespace
}  // namespace ttmem

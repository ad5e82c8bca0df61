#include "src/analysis/snapshot/select.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

Selection selected(const Filter& filter) { return select(sample_snapshot(), filter); }

TEST(Select, WithoutAFilterEverythingIsSelected) { EXPECT_EQ(selected({}), (Selection{0, 1, 2, 3})); }

TEST(Select, LiveHeldAndReleasedAreThreeDifferentThings) {
    EXPECT_EQ(selected({.standing = Standing::kLive}), (Selection{0, 1}));
    EXPECT_EQ(selected({.standing = Standing::kHeld}), (Selection{2}));
    EXPECT_EQ(selected({.standing = Standing::kReleased}), (Selection{3}));
}

TEST(Select, EachFilterNarrows) {
    EXPECT_EQ(selected({.pid = 200}), (Selection{2, 3}));
    EXPECT_EQ(selected({.pool = Pool::kL1}), Selection{});
    EXPECT_EQ(selected({.allocation_class = AllocationClass::kProgram}), (Selection{1}));
    EXPECT_EQ(selected({.op = "matm"}), (Selection{1, 2, 3}));
    EXPECT_EQ(selected({.tag = "kv"}), (Selection{0}));
    EXPECT_EQ(selected({.op = "matmul", .tag = "kv"}), Selection{});
    EXPECT_EQ(selected({.min_bytes = 24577}), (Selection{0}));
    EXPECT_EQ(selected({.op = "no such op"}), Selection{});
}

TEST(Select, AChipIsFoundByItsNumberAndByItsId) {
    EXPECT_EQ(selected({.chip = ChipName{.logical_id = 1}}), (Selection{0, 1}));
    EXPECT_EQ(selected({.chip = ChipName{.id = ChipId{0xa0}}}), (Selection{0, 1, 2, 3}));
    EXPECT_EQ(selected({.chip = ChipName{.logical_id = 7}}), Selection{});
}

TEST(Sort, BytesAndAgesAreGreatestFirstAddressesSmallestFirst) {
    const Snapshot s = sample_snapshot();
    const auto sorted = [&](SortKey key) {
        Selection all = {3, 2, 1, 0};
        sort(s, all, key);
        return all;
    };
    EXPECT_EQ(sorted(SortKey::kReserved), (Selection{0, 1, 3, 2}));
    EXPECT_EQ(sorted(SortKey::kRequested), (Selection{0, 1, 3, 2}));
    EXPECT_EQ(sorted(SortKey::kAge), (Selection{3, 2, 0, 1}));
    EXPECT_EQ(sorted(SortKey::kAddress), (Selection{0, 3, 1, 2}));
    EXPECT_EQ(sorted(SortKey::kOp), (Selection{0, 1, 3, 2}));
    EXPECT_EQ(sorted(SortKey::kPid), (Selection{0, 1, 3, 2}));
}

TEST(Sort, AnUnknownAgeComesLast) {
    Snapshot s = sample_snapshot();
    s.allocations[3].since = 0;
    Selection all = {0, 1, 2, 3};
    sort(s, all, SortKey::kAge);
    EXPECT_EQ(all.back(), 3u);
}

TEST(Processes, TheLatestComesFirstAndThoseThatRunBeforeThoseThatEnded) {
    Snapshot s;
    s.processes.resize(5);
    for (uint32_t i = 0; i < 5; ++i) s.processes[i].pid = i;
    s.processes[0].state = s.processes[2].state = s.processes[4].state = ProcessState::kExited;
    s.processes[0].last_sign_at = 50;
    s.processes[2].last_sign_at = 70;
    s.processes[4].started_at = 60;
    s.processes[1].started_at = 10;
    s.processes[3].started_at = 20;
    std::vector<uint32_t> pids;
    for (const Process* process : latest_first(s)) pids.push_back(process->pid);
    EXPECT_EQ(pids, (std::vector<uint32_t>{3, 1, 2, 4, 0}));
}

}  // namespace
}  // namespace ttmem

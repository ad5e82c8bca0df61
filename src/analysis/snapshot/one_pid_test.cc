#include "src/analysis/snapshot/one_pid.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(OnePid, ItsTablesStayAndNameEachOtherAsBefore) {
    const Snapshot all = sample_snapshot();
    for (const uint32_t pid : {100u, 200u}) {
        const Snapshot own = of_pid(all, pid);
        ASSERT_EQ(own.processes.size(), 1u);
        EXPECT_EQ(own.processes[0].pid, pid);
        size_t at = 0;
        for (const Allocation& a : all.allocations) {
            if (all.process_of(a).pid != pid) continue;
            const Allocation& b = own.allocations.at(at++);
            EXPECT_EQ(b.address, a.address);
            EXPECT_EQ(own.process_of(b).pid, pid);
            EXPECT_EQ(own.place_of(b).chips, all.place_of(a).chips);
            ASSERT_EQ(b.program != 0, a.program != 0);
            if (a.program == 0) continue;
            EXPECT_EQ(own.programs.at(b.program - 1).name, all.programs[a.program - 1].name);
        }
        EXPECT_EQ(own.allocations.size(), at);
        EXPECT_GT(at, 0u);
    }
    EXPECT_TRUE(of_pid(all, 7).processes.empty());
}

// It said of process 100 what was missing of process 200.
TEST(OnePid, WhatIsMissingOfOthersIsNotMissingOfIt) {
    Snapshot s = sample_snapshot();
    s.coverage = {};
    s.processes[0].coverage = s.processes[1].coverage = {};
    s.processes[1].coverage.note("3 chips found no room in the ledger");
    s.coverage.note("process 200: 3 chips found no room in the ledger");
    EXPECT_TRUE(of_pid(s, 100).coverage.complete);
    EXPECT_TRUE(of_pid(s, 100).coverage.notes.empty());
    EXPECT_FALSE(of_pid(s, 200).coverage.complete);
    EXPECT_EQ(of_pid(s, 200).coverage.notes, s.coverage.notes);
}

TEST(OnePid, WhatIsMissingOfTheWholeMayBeMissingOfIt) {
    Snapshot s = sample_snapshot();
    s.coverage = {};
    s.processes[0].coverage = s.processes[1].coverage = {};
    s.coverage.note("its end is missing");
    EXPECT_FALSE(of_pid(s, 100).coverage.complete);
    EXPECT_EQ(of_pid(s, 100).coverage.notes, s.coverage.notes);
    s.coverage.notes.clear();
    EXPECT_FALSE(of_pid(s, 100).coverage.complete) << "no process says why";
}

}  // namespace
}  // namespace ttmem

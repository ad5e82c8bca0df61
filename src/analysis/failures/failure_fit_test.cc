#include "src/analysis/failures/failure_explanation.h"

#include <gtest/gtest.h>

#include "src/analysis/failures/explained_failures.h"
#include "src/analysis/failures/failure_fit.h"
#include "tests/support/sample_figures.h"

namespace ttmem {
namespace {

TEST(FailureExplanation, WhatLivesNowHasAPlaceOnlyWhereItFits) {
    Snapshot s = machine(Pool::kDram, 12, {{0, 9400}});
    s.chips[0].chip.pools[static_cast<size_t>(Pool::kDram)] = {12, 10000};
    const FailureFigures same = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 10000, 600, 500);
    EXPECT_TRUE(snapshot_fits(s, same));
    EXPECT_FALSE(snapshot_fits(s, with_bank(same, 10000, 900, 500))) << "another amount is allocated";
    EXPECT_FALSE(snapshot_fits(s, with_bank(same, 20000, 10600, 500))) << "its banks are larger";
    EXPECT_FALSE(snapshot_fits(s, with_bank(out_of_memory("DRAM", Pool::kDram, 8, 1000), 10000, 600, 500)));
    FailureFigures old = out_of_memory("DRAM", Pool::kDram, 12, 1000);
    EXPECT_TRUE(snapshot_fits(s, old));
    old.bytes_per_bank = 600;
    EXPECT_FALSE(snapshot_fits(s, old)) << "there is room for it now";
    EXPECT_FALSE(snapshot_fits(s, clash(100, 200)));

    FailureScan scan;
    FoundFailure found;
    found.message.figures = with_bank(same, 10000, 900, 500);
    scan.failures = {found};
    const ExplainedFailures explained = explained_failures(scan, &s);
    const ExplainedFailures alone = explained_failures(scan, nullptr);
    EXPECT_EQ(remedies_text(explained.failures[0].explanation), remedies_text(alone.failures[0].explanation));
    EXPECT_FALSE(explained.failures[0].explanation.holders);
    EXPECT_NE(explained.failures[0].explanation.notes.back().find("it is of another run"), std::string::npos);
}

}  // namespace
}  // namespace ttmem

#include "src/ledger/run_id.h"

#include <gtest/gtest.h>

namespace ttmem::ledger {
namespace {

struct Run {
    uint8_t id[16] = {};
};

// Parts of these bytes.
Run run_of(uint8_t first, uint8_t second = 0, uint8_t third = 0) {
    Run run;
    memset(run.id, first, 7);
    memset(run.id + 7, second, 5);
    memset(run.id + 12, third, 4);
    return run;
}

TEST(RunId, HasAsManyPartsAsRunsAreWithinEachOther) {
    EXPECT_EQ(run_depth(run_of(1).id), 1u);
    EXPECT_EQ(run_depth(run_of(1, 2).id), 2u);
    EXPECT_EQ(run_depth(run_of(1, 2, 3).id), 3u);
    uint8_t around[16];
    run_around(run_of(1, 2, 3).id, 2, around);
    EXPECT_EQ(memcmp(around, run_of(1, 2).id, sizeof around), 0);
}

TEST(RunId, IsWithinThoseThatItBeginsWith) {
    EXPECT_TRUE(run_is_within(run_of(1, 2, 3).id, run_of(1).id));
    EXPECT_TRUE(run_is_within(run_of(1, 2).id, run_of(1, 2).id));
    EXPECT_FALSE(run_is_within(run_of(1).id, run_of(1, 2).id));
    EXPECT_FALSE(run_is_within(run_of(1, 2, 3).id, run_of(1, 2, 4).id));
    EXPECT_FALSE(run_is_within(run_of(0).id, run_of(1).id)) << "a process of no run";
    EXPECT_FALSE(run_is_within(run_of(1).id, run_of(0).id)) << "nothing is within no run";
}

}  // namespace
}  // namespace ttmem::ledger

#include "src/views/text/leaks.h"

#include <gtest/gtest.h>

#include "src/analysis/sample_snapshot.h"

namespace ttmem {
namespace {

// As the command has it: ended processes only.
Snapshot ended() {
    Snapshot s = sample_snapshot();
    s.processes[0].state = ProcessState::kExited;
    s.allocations.erase(s.allocations.begin(), s.allocations.begin() + 2);
    return s;
}

LeaksValues values_of(const Snapshot& s) {
    return {s, held_by_ended_processes(s), verdict_bytes(s, select(s, {}), s.coverage)};
}

TEST(LeaksText, ByProcessAndOwnerWithWhatACloseReleasedBeside) {
    const Snapshot s = ended();
    EXPECT_EQ(
        leaks_text(values_of(s), {}),
        R"(Process 200 (bad\x1b[31m) was killed and held 1 allocation: 2.00 KiB requested, 24.0 KiB reserved, on all its chips together
VERDICT       OP      CLASS   POOL  CHIPS  ITERATIONS  ALLOCATIONS  REQUESTED  RESERVED
held_at_exit  matmul  tensor  dram  0               -            1   2.00 KiB  24.0 KiB

1 of 2 processes that ended held memory. Nobody holds it any more.
Released by closing a device, not counted above: 4.00 KiB requested.
)");
}

TEST(LeaksText, NothingHeldAndNothingSeenAreDifferentAnswers) {
    Snapshot s = ended();
    s.allocations.clear();
    EXPECT_EQ(leaks_text(values_of(s), {}), "2 ended processes seen; none held device memory at its end.\n");
    EXPECT_EQ(leaks_text(values_of(Snapshot{}), {}),
              "No ended process has left a ledger here, so there is nothing to judge.\n");
}

TEST(LeaksJson, ItemsAreAllocationsWithTheirVerdict) {
    const Snapshot s = ended();
    const Json json = leaks_json(values_of(s));
    EXPECT_EQ(json["schema"], "ttmem.leaks/1");
    ASSERT_EQ(json["items"].size(), 1u);
    EXPECT_EQ(json["items"][0]["id"], "0x2001");
    EXPECT_EQ(json["items"][0]["verdict"], "held_at_exit");
    EXPECT_EQ(json["verdicts"], Json::parse(R"({"leaked_bytes":0,"cached_bytes":0,"released_by_close_bytes":4096,
                                                "held_at_exit_bytes":2048,"unknown_bytes":0})"));
}

}  // namespace
}  // namespace ttmem

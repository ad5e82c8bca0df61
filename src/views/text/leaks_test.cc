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

LeaksValues values_of(const Snapshot& s) { return {s, leaks_of(s), verdict_bytes(s, select(s, {}), s.coverage)}; }

TEST(LeaksText, ByProcessAndOwnerWithWhatACloseReleasedBeside) {
    const Snapshot s = ended();
    EXPECT_EQ(
        leaks_text(values_of(s), {}),
        R"(Process 200 (bad\x1b[31m) was killed and left 1 allocation: 2.00 KiB requested, 24.0 KiB reserved, on all its chips together
VERDICT       OP      CLASS   POOL  CHIPS  ITERATIONS  ALLOCATIONS  REQUESTED  RESERVED
held_at_exit  matmul  tensor  dram  0               -            1   2.00 KiB  24.0 KiB

1 of 2 processes left something.
Released by closing a device, not counted above: 4.00 KiB requested.
)");
}

TEST(LeaksText, WhatALivingProcessLeakedAndCircularBuffersLeftBehind) {
    Snapshot s = sample_snapshot();
    s.allocations = {s.allocations[0]};
    s.allocations[0].iteration = 3;
    s.processes[0].iterations_begun = 4;
    s.programs[0].destroyed = true;
    s.programs[0].op = 1;
    ProgramCbs cbs;
    cbs.left_behind = true;
    s.programs[0].cbs = {cbs};
    EXPECT_EQ(
        leaks_text(values_of(s), {}),
        R"(Process 100 (llama) runs and has leaked 1 allocation: 8.00 MiB requested, 8.02 MiB reserved, on all its chips together; and the circular buffers of 1 program
VERDICT  OP         CLASS    TAG       PROGRAM  POOL  CHIPS  ITERATIONS  ALLOCATIONS  REQUESTED  RESERVED
leaked   embedding  tensor   kv_cache           dram  0-1        1 of 4            1   8.00 MiB  8.02 MiB
leaked   matmul     cb_plan            matmul   l1    0-1             -            -        0 B       0 B

1 of 2 processes left something.
)");
    const LeaksValues values = values_of(s);
    const Json items = Json::parse(to_text(leaks_json(values)))["items"];
    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[1], Json::parse(R"({"id":"0x700","ledger":"00000000000000000000000000000011","pid":100,
        "place":"mesh 0","chips":["0xa0","0xa1"],"pool":"l1","address":null,"requested_bytes":0,"reserved_bytes":0,
        "class":"cb_plan","op":"matmul","tag":null,"program":"matmul","thread":null,
        "since":"2026-11-22T18:47:13.000Z","verdict":"leaked","unique_id":"0x7","persistent":false})"));
}

TEST(LeaksText, NothingHeldAndNothingSeenAreDifferentAnswers) {
    Snapshot s = ended();
    s.allocations.clear();
    EXPECT_EQ(leaks_text(values_of(s), {}),
              "2 processes seen; nothing leaked, and none held device memory at its end.\n");
    EXPECT_EQ(leaks_text(values_of(Snapshot{}), {}),
              "No process has left a ledger here, so there is nothing to judge.\n");
}

TEST(LeaksJson, ItemsAreAllocationsWithTheirVerdict) {
    const Snapshot s = ended();
    const LeaksValues values = values_of(s);
    const Json json = Json::parse(to_text(leaks_json(values)));
    EXPECT_EQ(json["schema"], "ttmem.leaks/1");
    ASSERT_EQ(json["items"].size(), 1u);
    EXPECT_EQ(json["items"][0]["id"], "0x2001");
    EXPECT_EQ(json["items"][0]["verdict"], "held_at_exit");
    EXPECT_EQ(json["verdicts"], Json::parse(R"({"leaked_bytes":0,"cached_bytes":0,"released_by_close_bytes":4096,
                                                "held_at_exit_bytes":2048,"unknown_bytes":0})"));
}

}  // namespace
}  // namespace ttmem

#include "src/analysis/leaks/judgement.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

// One process that ended and had closed its device, which released a tensor of 4,096 B.
Snapshot released_by_close() {
    Snapshot s = sample_snapshot();
    s.allocations = {s.allocations[3]};
    s.processes[1].operations = {3, 1};
    return s;
}

std::string only(const Judgement& judgement) {
    EXPECT_EQ(judgement.not_judged.size(), 1u);
    return judgement.not_judged.empty() ? "" : judgement.not_judged.front();
}

TEST(Judgement, WhatOnlyACloseReleasedIsNotJudgedWithoutIterations) {
    const Judgement judgement = judge(released_by_close(), {});
    EXPECT_EQ(only(judgement),
              "no iterations were marked, so nothing can be called leaked: closing the device, or the program's end, "
              "released 1 allocation, "
              "4.00 KiB (matmul 1); `ttmem run --iterations-by OPNAME` marks them by the operation that each step "
              "begins with");
    EXPECT_EQ(judgement.sum.requested_bytes, 4096u);
    EXPECT_FALSE(judgement.complete());
}

TEST(Judgement, AFixedSetIsNoGrowthUnlessMemoryRanOut) {
    Snapshot s = released_by_close();
    Repetitions repetitions;
    repetitions[s.processes[1].ledger].kept = Repetition::Kept::kOnce;
    EXPECT_TRUE(judge(s, {}, repetitions).complete());
    EXPECT_EQ(judge(s, {}, repetitions).kept.requested_bytes, 4096u);
    s.processes[1].failed_allocations = 1;
    EXPECT_FALSE(judge(s, {}, repetitions).complete());
    EXPECT_EQ(judge(s, {}, repetitions).kept.requested_bytes, 0u);
}

TEST(Judgement, AnOperationThatNeverRanIsNamedAndTheOneThatWasMeant) {
    Snapshot s = released_by_close();
    s.processes[1].iterations_by = "matmull";
    EXPECT_EQ(
        only(judge(s, {})),
        "the operation `matmull` never ran in process 200, so no iterations were marked: closing the device, or the "
        "program's end, released 1 "
        "allocation, 4.00 KiB (matmul 1); did you mean `matmul`?");
}

TEST(Judgement, EachProcessIsJudgedByTheOperationThatItNamed) {
    Snapshot s = released_by_close();
    s.allocations.push_back(s.allocations[0]);
    s.allocations.back().process = ProcessIndex{0};
    s.processes[0].iterations_begun = 0;
    s.processes[1].iterations_by = "matmull";
    const std::vector<std::string> sentences = judge(s, {}).not_judged;
    ASSERT_EQ(sentences.size(), 2u);
    EXPECT_EQ(sentences[0].find("no iterations were marked, so nothing can be called leaked"), 0u) << sentences[0];
    EXPECT_EQ(sentences[1].find("the operation `matmull` never ran in process 200"), 0u) << sentences[1];
}

TEST(Judgement, OneIterationThatDidNotEndJudgesNothing) {
    Snapshot s = released_by_close();
    s.processes[1].iterations_begun = 1;
    s.processes[1].open_iterations = {1};
    s.allocations[0].iteration = 1;
    EXPECT_EQ(only(judge(s, {})).find("no iteration ended, so nothing can be called leaked"), 0u);
    s.processes[1].iterations_by = "matmul";
    EXPECT_EQ(only(judge(s, {})).find("no thread began the operation `matmul` twice"), 0u);
}

TEST(Judgement, AnOperationThatNeverRanJudgesNothingThoughNothingWasLeft) {
    Snapshot s = released_by_close();
    s.allocations.clear();
    EXPECT_TRUE(judge(s, {}).complete());
    s.processes[1].iterations_by = "test.matmul";
    EXPECT_EQ(only(judge(s, {})),
              "the operation `test.matmul` began no two steps, so nothing is known of what grows from step to step");
    s.processes[1].iterations_by = "matmull";
    EXPECT_NE(only(judge(s, {})).find("; did you mean `matmul`?"), std::string::npos);
    EXPECT_TRUE(judge(s, {.pid = s.processes[0].pid}).complete());
    s.processes[1].iterations_begun = 3, s.processes[1].iterations_ended = 2;
    EXPECT_TRUE(judge(s, {}).complete());
}

TEST(Judgement, TheLastOfSeveralIterationsIsLikeThoseBeforeIt) {
    Snapshot s = released_by_close();
    s.processes[1].iterations_begun = 2, s.processes[1].iterations_ended = 1;
    s.processes[1].open_iterations = {2};
    s.allocations[0].iteration = 2;
    EXPECT_TRUE(judge(s, {}).complete());
    EXPECT_EQ(judge(s, {}).open.requested_bytes, 4096u) << "and told as what has not ended";
    s.allocations[0].persistent = true;
    EXPECT_EQ(judge(s, {}).open.allocations, 0u) << "what is meant to stay is no open question";
}

TEST(Judgement, ACloseInTheMiddleOfItsIterationHidesWhatThatOneLeaks) {
    Snapshot s = released_by_close();
    s.processes[1].iterations_begun = s.processes[1].iterations_ended = 2;
    s.allocations[0].iteration = 2;
    EXPECT_EQ(
        only(judge(s, {}))
            .find(
                "devices were closed in the middle of iterations: closing the device, or the program's end, released"),
        0u);
}

TEST(Judgement, OutsideOfIterationsOnlyWhatIsOlderThanTheFirstWasSetUp) {
    Snapshot s = released_by_close();
    s.processes[1].iterations_begun = s.processes[1].iterations_ended = 2;
    s.processes[1].first_iteration_at = s.allocations[0].since + 1;
    EXPECT_TRUE(judge(s, {}).complete());
    s.processes[1].first_iteration_at = s.allocations[0].since;
    EXPECT_EQ(only(judge(s, {})).find("not all work was in iterations, so not all that leaked can be told: closing"),
              0u);
    s.processes[1].first_iteration_at = 0;  // a ledger before 1.2
    EXPECT_TRUE(judge(s, {}).complete());
}

TEST(Judgement, IterationsOfOneProcessJudgeNothingOfAnother) {
    Snapshot s = released_by_close();
    s.processes[0].iterations_begun = s.processes[0].iterations_ended = 9;
    EXPECT_FALSE(judge(s, {}).complete());
}

TEST(Judgement, ProgramsTracesAndWhatIsPersistentNeedNoIterations) {
    for (const AllocationClass kind : {AllocationClass::kProgram, AllocationClass::kTrace}) {
        Snapshot s = released_by_close();
        s.allocations[0].allocation_class = kind;
        EXPECT_TRUE(judge(s, {}).complete());
    }
    Snapshot s = released_by_close();
    s.allocations[0].persistent = true;
    EXPECT_TRUE(judge(s, {}).complete());
}

TEST(Judgement, WhatLeakedOrWasHeldIsToldAnyway) {
    Snapshot s = released_by_close();
    s.allocations[0].leaked = true;
    EXPECT_TRUE(judge(s, {}).complete());
    s.allocations[0].leaked = s.allocations[0].released = false;
    Repetitions repetitions;
    repetitions[s.processes[1].ledger].bounded = {s.allocations[0].handle};
    EXPECT_TRUE(judge(s, {}, repetitions).complete());
    EXPECT_EQ(judge(s, {}, repetitions).kept, Sum()) << "held at its end, which counts it";
}

TEST(Judgement, WhatLivesInARunningProcessWithoutIterationsIsNotJudged) {
    Snapshot s = sample_snapshot();
    s.allocations = {s.allocations[0]};
    EXPECT_NE(only(judge(s, {})).find(": 1 allocation, 8.00 MiB are in use now (embedding 1)"), std::string::npos);
    s.processes[0].iterations_begun = 3, s.processes[0].iterations_ended = 2;
    EXPECT_TRUE(judge(s, {}).complete());
}

TEST(Judgement, NothingLeftNeedsNoJudgement) {
    Snapshot s = released_by_close();
    s.allocations.clear();
    EXPECT_TRUE(judge(s, {}).complete());
    s.processes[1].retired_allocations = 2;
    EXPECT_EQ(only(judge(s, {})).find("2 allocations that closing a device released were forgotten"), 0u);
}

TEST(Judgement, AFilterIsAboutWhatItLetsThrough) {
    EXPECT_TRUE(judge(released_by_close(), {.op = "embedding"}).complete());
}

}  // namespace
}  // namespace ttmem

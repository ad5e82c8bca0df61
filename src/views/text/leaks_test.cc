#include "src/views/text/leaks.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/sample_leaks.h"

namespace ttmem {
namespace {

TEST(LeaksText, ByProcessAndOwnerWithWhatACloseReleasedBeside) {
    const Snapshot s = ended();
    EXPECT_EQ(
        leaks_text(values_of(s), {}),
        R"(Process 200 (bad\x1b[31m) ended without cleanup (killed, or by _exit) and left 1 allocation: 2.00 KiB requested, 24.0 KiB reserved, on all its chips together
VERDICT       OP      CLASS   POOL  CHIPS  ITERATIONS  ALLOCATIONS  REQUESTED  RESERVED
held_at_exit  matmul  tensor  dram  0               -            1   2.00 KiB  24.0 KiB

1 of 2 processes left something.
Released by closing a device, or by the program's end, not counted above: 4.00 KiB requested, on all chips together.
)");
}

TEST(LeaksText, WhatALivingProcessLeakedAndCircularBuffersLeftBehind) {
    const Snapshot s = leaked_and_left_behind();
    EXPECT_EQ(
        leaks_text(values_of(s), {}),
        R"(Process 100 (llama) runs and has leaked 1 allocation: 8.00 MiB requested, 8.02 MiB reserved, on all its chips together; and the circular buffers of 1 program
VERDICT  OP         CLASS    TAG       PROGRAM  POOL  CHIPS  ITERATIONS  ALLOCATIONS  REQUESTED  RESERVED
leaked   embedding  tensor   kv_cache           dram  0-1        1 of 4            1   8.00 MiB  8.02 MiB
leaked   matmul     cb_plan            matmul   l1    0-1             -            -        0 B       0 B

1 of 2 processes left something.
)");
}

TEST(LeaksText, OfTwoLinesAreTwoRows) {
    Snapshot s = leaked_and_left_behind();
    s.texts.insert(s.texts.end(), {"/home/me/model.py", "forward"});
    const auto texts = static_cast<uint32_t>(s.texts.size());
    s.stacks = {{}, {0, texts - 2, texts - 1, 42}, {1, texts - 2, texts - 1, 43}};
    const auto leak =
        std::find_if(s.allocations.begin(), s.allocations.end(), [](const Allocation& a) { return a.iteration != 0; });
    ASSERT_NE(leak, s.allocations.end());
    Allocation other = *leak;
    leak->stack = 1, other.stack = 2;
    s.allocations.push_back(other);
    const std::string text = leaks_text(values_of(s), {});
    for (const char* line : {"OP         LINE                 CLASS", "embedding  model.py:42 forward  tensor",
                             "embedding  model.py:43 forward  tensor"}) {
        EXPECT_NE(text.find(line), std::string::npos) << text;
    }
}

TEST(LeaksText, WhereSeveralUsersAreShownItIsSaidWhoseAProcessIs) {
    Snapshot s = ended();
    s.processes[1].uid = 1000;
    EXPECT_EQ(leaks_text(values_of(s), {}).find("Process 200 (bad\\x1b[31m) of user 1000 ended without cleanup"), 0u);
}

TEST(LeaksText, OfWhatADestroyedProgramLeftItIsSaidThatTheProgramIsGone) {
    Snapshot s = sample_snapshot();
    s.allocations = {s.allocations[0]};
    s.allocations[0].holder_ended = true;
    EXPECT_NE(leaks_text(values_of(s), {}).find("leaked   embedding  tensor  kv_cache  destroyed  dram"),
              std::string::npos)
        << leaks_text(values_of(s), {});
}

TEST(LeaksText, ShowsSomeOfManyOwnersAndSaysHowManyMore) {
    const Snapshot s = leaked_and_left_behind();  // an allocation and circular buffers
    LeaksValues values = values_of(s);
    values.limit = 1;
    const std::string text = leaks_text(values, {});
    EXPECT_NE(text.find("not shown: 1 more (--limit 0 shows all)\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("cb_plan"), std::string::npos) << text;
    values.limit = 2;
    EXPECT_EQ(leaks_text(values, {}).find("not shown"), std::string::npos);
}

TEST(LeaksText, NamesTheFilterThatHidWhatLeaked) {
    Snapshot s = sample_snapshot();
    s.allocations.clear();
    LeaksValues values = values_of(s);
    values.filter = "--op xyz";
    const auto says = [&](const std::string& words) {
        const std::string text = leaks_text(values, {});
        EXPECT_NE(text.find(words), std::string::npos) << text;
    };
    says("Nothing that fits `--op xyz` is known to have leaked, and nothing else: 2 processes seen");
    values.left_out = 8;
    says(
        "Nothing that fits `--op xyz` is known to have leaked, but 8 allocations that do not fit leaked or were held: "
        "2");
    const Snapshot leaking = leaked_and_left_behind();
    LeaksValues some = values_of(leaking);
    some.filter = "--op emb", some.left_out = 1;
    EXPECT_NE(leaks_text(some, {}).find("Left out: 1 allocation that `--op emb` does not fit."), std::string::npos);
}

TEST(LeaksText, NothingLeakedIsNotSaidWhenNotEverythingWasSeen) {
    Snapshot s = sample_snapshot();
    s.allocations.clear();
    s.coverage.note("one ledger was not read");
    const std::string text = leaks_text(values_of(s), {});
    EXPECT_EQ(text.find("Nothing leaked, and none"), std::string::npos) << text;
    EXPECT_NE(
        text.find(
            "Of what was recorded nothing leaked, but not everything was seen: 2 processes seen, 1 of them running.\n"),
        std::string::npos)
        << text;
}

TEST(LeaksText, NothingHeldAndNothingSeenAreDifferentAnswers) {
    Snapshot s = ended();
    s.allocations.clear();
    EXPECT_EQ(leaks_text(values_of(s), {}),
              "Nothing leaked, and none held device memory at its end: 2 processes seen.\n");
    EXPECT_EQ(leaks_text(values_of(Snapshot{}), {}),
              "No process has left a ledger here, so there is nothing to judge.\n");
}

TEST(LeaksText, OfRunningProcessesNothingIsSaidOfTheirEnd) {
    Snapshot s = sample_snapshot();
    s.allocations.clear();
    EXPECT_EQ(leaks_text(values_of(s), {}),
              "Nothing leaked, and none that ended held device memory at its end: 2 processes seen, 1 of them "
              "running.\n");
    s.processes.pop_back();
    EXPECT_EQ(leaks_text(values_of(s), {}), "Nothing has leaked: 1 process seen, running.\n");
}

TEST(LeaksText, WhatIsNotJudgedMakesNothingLeakedInconclusive) {
    Snapshot s = sample_snapshot();
    s.allocations = {s.allocations[0]};
    LeaksValues values = values_of(s);
    values.leaks.judgement.not_judged = {"no iterations were marked"};
    EXPECT_EQ(leaks_text(values, {}),
              "Inconclusive, though nothing is known to have leaked: 2 processes seen, 1 of them running.\n"
              "Not judged: no iterations were marked\n");
}

TEST(LeaksText, AmountsOfAProcessWithUnrecordedAllocationsAreBounds) {
    Snapshot s = sample_snapshot();
    Coverage& coverage = s.processes[1].coverage;
    coverage.untracked_allocations = coverage.untracked_now_allocations = 3;
    const std::string text = leaks_text(values_of(s), {});
    EXPECT_NE(text.find(">= 1 allocation: >= 2.00 KiB requested, >= 24.0 KiB reserved"), std::string::npos) << text;
    EXPECT_NE(text.find(">= 1  >= 2.00 KiB  >= 24.0 KiB\n"), std::string::npos) << "and so are its rows:\n" << text;
    EXPECT_NE(text.find("not counted above: >= 4.00 KiB requested"), std::string::npos) << text;
}

TEST(LeaksText, WhatWasUntrackedAndIsGoneTakesNothingFromWhatWasHeld) {
    Snapshot s = sample_snapshot();
    s.processes[1].coverage.untracked_allocations = 3;
    const std::string text = leaks_text(values_of(s), {});
    EXPECT_NE(text.find(" 1   2.00 KiB  24.0 KiB\n"), std::string::npos) << text;
    EXPECT_NE(text.find("not counted above: >= 4.00 KiB requested"), std::string::npos)
        << "a close may have released them:\n"
        << text;
}

TEST(LeaksText, AmountsOfMoreThan64BitsAreBounds) {
    Snapshot s = ended();
    s.allocations[0].bytes_per_bank = UINT64_MAX;
    const std::string text = leaks_text(values_of(s), {});
    EXPECT_NE(text.find(" 1   2.00 KiB  >= 16.0 EiB\n"), std::string::npos) << text;
}

TEST(LeaksText, WithAChipAskedForAllSumsAreOfThatChip) {
    Snapshot s = sample_snapshot();
    s.allocations[0].iteration = 3;
    s.processes[0].iterations_begun = 4;
    const std::string text = leaks_text(values_of(s, {.chip = ChipName{.logical_id = 1}}), {});
    EXPECT_NE(text.find("has leaked 1 allocation: 4.00 MiB requested, 4.01 MiB reserved, on this chip\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(" 1   4.00 MiB  4.01 MiB\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace ttmem

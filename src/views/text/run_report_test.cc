#include "src/views/text/run_report.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "src/model/process_note.h"
#include "tests/support/sample_run_report.h"

namespace ttmem {
namespace {

TEST(RunText, WhatWasUsedWhatIsLeftAndWhatToTypeNext) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    values.child_code = 137;
    values.child_signal = 9;
    values.still_running = {{5, "sleep"}};
    EXPECT_EQ(run_text(values, {}),
              R"(ttmem: `python3 model.py` was ended by signal 9 after 3 s; 2 processes tracked on 2 chips
ttmem: left at the end: 1 allocation, 2.00 KiB requested, 24.0 KiB reserved, on all chips together
ttmem: reserved at the peak of a chip: dram 5.00 MiB of 12.0 GiB (<0.1%)
ttmem: still running: 5 (sleep)
ttmem: next: ttmem leaks --pid 200
)");
}

TEST(RunText, AMockIsNamedAndItsCompilerIs) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    values.mock = MockRun{"N150", std::nullopt, false, {}};
    EXPECT_NE(run_text(values, {}).find("\nttmem: on a mock of N150\n"), std::string::npos);
    values.mock->stand_in_compiler = true;
    EXPECT_NE(run_text(values, {}).find("on a mock of N150, with a stand-in for the compiler\n"), std::string::npos);
}

TEST(RunText, WhatAMockDoesNotTellIsSaidOnceAndBesideItsName) {
    const std::string words = "kernel binaries count as 2 KiB each";
    Snapshot s = sample_snapshot();
    s.coverage = {};
    for (const uint32_t pid : {1, 2}) s.coverage.note(process_note(pid, "on a mock of N150: " + words), false);
    s.coverage.note(process_note(1, "on a mock of T3000: others"), false);
    RunValues values = values_of_run(s);
    values.mock = MockRun{"N150", std::nullopt, false, {}};
    const std::string said = run_text(values, {});
    EXPECT_NE(said.find("\nttmem: on a mock of N150: " + words + "\n"), std::string::npos) << said;
    EXPECT_EQ(said.find(words), said.rfind(words)) << "once";
    EXPECT_NE(said.find("Note: process 1: on a mock of T3000: others\n"), std::string::npos) << "not the run's own";
    values.mock.reset();
    EXPECT_NE(run_text(values, {}).find("on a mock of N150: " + words), std::string::npos) << "never absent";
}

// "l1_small 8.00 KiB of 0 B (-)": the chip had been opened again without l1_small.
TEST(RunText, NoPeakIsOneOfNoBytes) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    for (ChipUse& use : values.chips) use.pool(Pool::kDram).capacity_bytes = 0;
    const std::string text = run_text(values, {});
    EXPECT_NE(text.find("dram 5.00 MiB of - (0 B since the chip was opened again)\n"), std::string::npos) << text;
}

TEST(RunText, LeaksAreToldApartFromWhatWasHeld) {
    Snapshot s = sample_snapshot();
    s.allocations[0].iteration = 3;
    s.processes[0].iterations_begun = 4, s.processes[0].iterations_ended = 3;
    s.programs[0].destroyed = true;
    ProgramCbs cbs;
    cbs.left_behind = true;
    s.programs[0].cbs = {cbs};
    const std::string text = run_text(values_of_run(s), {});
    EXPECT_NE(text.find(R"( tracked on 2 chips
ttmem: leaked: 1 allocation, 8.00 MiB requested, 8.02 MiB reserved, on all chips together; by embedding
ttmem: never given back: the circular buffers of 1 program
ttmem: left at the end: 1 allocation, 2.00 KiB requested, 24.0 KiB reserved, on all chips together
ttmem: iterations seen: 4, 1 of them not ended
ttmem: reserved at the peak of a chip: dram 5.00 MiB of 12.0 GiB (<0.1%)
ttmem: next: ttmem leaks --run 00000000000000000000000000000abc
)"),
              std::string::npos)
        << text;
}

TEST(RunText, OfAProgramThatFailedTheReasonComesFirst) {
    Snapshot s = sample_snapshot();
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory;
    failure.op = s.allocations[0].op;
    failure.pool = Pool::kDram;
    failure.requested_bytes = 256 << 20;
    s.processes[0].failures = {failure};
    s.processes[0].failed_allocations = 1;
    RunValues values = values_of_run(s);
    values.child_code = values.exit_code = 1;
    values.failure.emplace();
    values.failure->snapshot = s;
    values.failure->explained = recorded_failures(s);
    values.failure->held = held_by_chip(s);
    const std::string text = run_text(values, {});
    const std::string reason = "ttmem: an allocation had failed: " + s.texts[failure.op] +
                               ": out of memory, 256 MiB of dram asked for\nttmem: why: ";
    EXPECT_EQ(text.find(reason), text.find('\n') + 1) << text;
    const std::string next =
        "ttmem: the whole of it: ttmem explain --last --pid " + std::to_string(s.processes[0].pid) + "\n";
    EXPECT_NE(text.find(next), std::string::npos) << text;
    EXPECT_LT(text.find(next), text.find("reserved at the peak")) << text;
    EXPECT_EQ(text.find("--failures"), std::string::npos) << text;

    values.capture = RecordedCapture{"run.ttmem", 1, 1, 0, ""};
    EXPECT_NE(run_text(values, {}).find("the whole of it: ttmem explain --last run.ttmem\n"), std::string::npos);

    values.child_code = 0, values.failure.reset();
    EXPECT_NE(run_text(values, {}).find("1 allocation failed: ttmem explain --last run.ttmem\n"), std::string::npos);
}

TEST(RunText, AnExitCodeThatIsNotTheProgramsIsExplained) {
    Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    EXPECT_EQ(run_text(values, {}).find("exit code"), std::string::npos);
    values.exit_code = 10;
    EXPECT_NE(run_text(values, {}).find("ttmem: exit code 10: --fail-on-leak, 1 allocation left at the end\n"),
              std::string::npos);
    s.allocations[0].iteration = 3;
    s.processes[0].iterations_begun = 4, s.processes[0].iterations_ended = 3;
    RunValues leaking = values_of_run(s);
    leaking.exit_code = 10;
    const std::string text = run_text(leaking, {});
    EXPECT_NE(text.find("exit code 10: --fail-on-leak, 1 allocation leaked, 1 allocation left at the end\n"),
              std::string::npos)
        << text;
    s.allocations.clear();
    RunValues unknown = values_of_run(s);
    unknown.exit_code = 12;
    unknown.leaks.judgement.not_judged = {
        "no iterations were marked, so nothing can be called leaked: closing released 2"};
    const std::string undecided = run_text(unknown, {});
    EXPECT_NE(
        undecided.find("exit code 12: --fail-on-leak, whether something leaked cannot be told: no iterations were "
                       "marked, so nothing can be called leaked\n"),
        std::string::npos)
        << undecided;
    unknown.child_code = 12;
    EXPECT_EQ(run_text(unknown, {}).find("exit code"), std::string::npos) << "it is the program's own";
}

TEST(RunText, NothingLeftIsNotSaidWhenNotEverythingWasSeen) {
    Snapshot s = sample_snapshot();
    s.allocations.clear();
    s.coverage.note("one ledger was not read");
    const std::string text = run_text(values_of_run(s), {});
    EXPECT_EQ(text.find("nothing\n"), std::string::npos) << text;
    EXPECT_NE(text.find("left after the end: nothing of what was recorded, but not everything was\n"),
              std::string::npos)
        << text;
}

// What was kept to the end is not nothing; that it did not leak is what is asked.
TEST(RunText, SaysThatNothingLeakedWhereSomethingWasKept) {
    Snapshot s = sample_snapshot();
    s.allocations.clear();
    RunValues values = values_of_run(s);
    values.leaks.judgement.kept = {2, 520 * 1024, 520 * 1024};
    const std::string text = run_text(values, {});
    EXPECT_NE(text.find("ttmem: leaked: nothing\nttmem: kept to the end, and no growth: 2 allocations, 520 KiB"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("left after the end"), std::string::npos) << text;
}

TEST(RunText, AnOperationThatNeverRanIsNamedAndTheOneThatWasMeant) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    values.iterations_by = {"ttnn.matmull", "ttnn.matmul"};
    EXPECT_NE(run_text(values, {})
                  .find("ttmem: iterations seen: none; the operation `ttnn.matmull` never ran; did you mean "
                        "`ttnn.matmul`?\n"),
              std::string::npos);
}

TEST(RunText, WhatIsNotJudgedTakesThePlaceOfNothing) {
    Snapshot s = sample_snapshot();
    s.allocations.clear();
    RunValues values = values_of_run(s);
    values.leaks.judgement.not_judged = {"no iterations were marked: \x1b[31m; mark some"};
    const std::string text = run_text(values, {});
    EXPECT_NE(text.find("ttmem: inconclusive: no iterations were marked\nttmem:   \\x1b[31m\nttmem:   mark some\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("left at the end"), std::string::npos) << text;
}

TEST(RunText, BesideALeakItIsNamedAsNotJudged) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    values.leaks.judgement.not_judged = {"no iterations were marked"};
    const std::string text = run_text(values, {});
    EXPECT_NE(text.find("on all chips together\nttmem: not judged: no iterations were marked\n"), std::string::npos)
        << text;
}

TEST(RunText, WhatToTypeNextNamesNoLedgerThatIsGone) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    values.ledgers_gone = 1;
    const std::string text = run_text(values, {});
    EXPECT_EQ(text.find("next:"), std::string::npos) << text;
    EXPECT_NE(text.find("1 ledger of what was left was removed already, to make room: --report FILE keeps what they "
                        "say\n"),
              std::string::npos)
        << text;
}

TEST(RunText, ARunThatRecordedNothingSaysSo) {
    const Snapshot s;
    RunValues values = values_of_run(s);
    values.started_at = 0;
    values.nothing_because = "TTMEM_LEVEL=off is set";
    EXPECT_EQ(run_text(values, {}),
              R"(ttmem: `python3 model.py` ended with 0 after 0 s; 0 processes tracked on 0 chips
ttmem: it has recorded nothing: TTMEM_LEVEL=off is set; next: ttmem doctor
)");
    values.may_lack_hardware = true;
    EXPECT_NE(run_text(values, {})
                  .find("next: ttmem doctor, or without hardware: ttmem run --mock MACHINE (`ttmem "
                        "machines` lists them)\n"),
              std::string::npos);
}

}  // namespace
}  // namespace ttmem

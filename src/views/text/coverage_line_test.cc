#include "src/views/text/coverage_line.h"

#include <gtest/gtest.h>

#include "src/model/process_note.h"
#include "src/views/text/untracked.h"

namespace ttmem {
namespace {

TEST(CoverageLines, NothingMissingIsNothingSaid) {
    Coverage coverage;
    coverage.events_lost = 5;  // of the history: what is live needs none
    EXPECT_EQ(coverage_lines(coverage, {}), "");
}

TEST(CoverageLines, WhatIsMissingComesWithItsNumbers) {
    Coverage coverage;
    coverage.events_lost = 1200;
    coverage.note("bad\x1b name");
    EXPECT_EQ(coverage_lines(coverage, {}), "Incomplete: 1,200 events of the history lost; bad\\x1b name\n");
}

TEST(CoverageLines, AThousandNotesAreStillOneLine) {
    Coverage coverage;
    for (int i = 0; i < 1000; ++i) coverage.note("note " + std::to_string(i), false);
    EXPECT_EQ(coverage_lines(coverage, {}), "Note: note 0; note 1; note 2; 997 more with --json\n");
}

TEST(CoverageLines, ProcessesOfWhichNothingIsMissingAreOnlyNoted) {
    Snapshot snapshot;
    snapshot.processes.resize(3);
    for (uint32_t i = 0; i < 3; ++i) {
        Process& process = snapshot.processes[i];
        process.pid = 10 + i;
        process.coverage.note("on a mock", false);
        if (i == 1) process.coverage.note("2 calls were refused");
        snapshot.coverage.note(process_note(process.pid, process.coverage.notes.front()), false);
    }
    EXPECT_EQ(coverage_lines(snapshot, {}), "Note: processes 10, 11 and 12: on a mock\n");
    snapshot.coverage.note(process_note(11, "2 calls were refused"));
    snapshot.coverage.note("a folder cannot be read");
    EXPECT_EQ(coverage_lines(snapshot, {}),
              "Incomplete: process 11: on a mock; process 11: 2 calls were refused; a folder cannot be read\n"
              "Note: processes 10 and 12: on a mock\n");
}

TEST(CoverageLines, WhatManyProcessesSayAlikeIsSaidOnce) {
    Coverage coverage;
    coverage.note("process 7 (vllm) holds a device", false);
    for (uint32_t pid = 10; pid < 15; ++pid) coverage.note(process_note(pid, "on a mock: nothing is computed."), false);
    coverage.note(process_note(10, "2 calls were refused"), false);
    EXPECT_EQ(coverage_lines(coverage, {}),
              "Note: process 7 (vllm) holds a device; processes 10, 11, 12 and 2 more: on a mock: nothing is computed; "
              "process 10: 2 calls were refused\n");
}

TEST(NoteUntracked, AHolderThatIsNotTrackedMakesTheAnswerIncomplete) {
    Coverage coverage;
    note_untracked({.device_users = {{7, "vllm", {"/dev/tenstorrent/0"}}}, .device_nodes = true}, coverage);
    EXPECT_FALSE(coverage.complete);
    EXPECT_EQ(coverage.notes.at(0),
              "process 7 (vllm) holds /dev/tenstorrent/0 and is not tracked: what it uses is not in these figures");
    Coverage untouched;
    note_untracked({}, untouched);
    EXPECT_TRUE(untouched.complete);
}

}  // namespace
}  // namespace ttmem

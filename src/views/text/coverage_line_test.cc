#include "src/views/text/coverage_line.h"

#include <gtest/gtest.h>

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

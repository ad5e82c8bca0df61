#include "src/views/text/gc.h"

#include <gtest/gtest.h>

#include "tests/support/sample_gc.h"

namespace ttmem {
namespace {

TEST(GcText, WhatIsGoneWhatIsKeptAndWhatCouldNotBeRemoved) {
    EXPECT_EQ(gc_text(one_removed(), {}), R"(PID  LAST SIGN OF LIFE      SIZE  LEDGER
  7     10 min 0 s ago  2.00 KiB  /dev/shm/ttmem-0/a\x1b.ledger
Removed: 1 ledger of ended processes, 2.00 KiB. Kept: 2 of ended processes (4.00 KiB), 1 of running ones.
Not removed: b.ledger could not be removed: Permission denied
)");
}

TEST(GcText, WhatStaysAndCannotBeReadIsNoLedgerOfAnEndedProcess) {
    GcValues values;
    values.kept_dead = 3;
    values.kept_dead_bytes = 4096;
    values.kept_unreadable = 1;
    values.coverage.note_unread("the ledger /d/a was not read: it is too short for a ledger");
    EXPECT_EQ(
        gc_text(values, {}),
        "Removed: 0 ledgers of ended processes, 0 B. Kept: 2 of ended processes and 1 file that cannot be read as "
        "a ledger (4.00 KiB), 0 of running ones.\n"
        "Incomplete: the ledger /d/a was not read: it is too short for a ledger\n");
}

TEST(GcText, ADryRunSaysThatItIsOne) {
    EXPECT_EQ(
        gc_text({.generated_at = 0, .dry_run = true, .removed = {}, .coverage = {}, .errors = {}}, {}),
        "Would remove: 0 ledgers of ended processes, 0 B. Kept: 0 of ended processes (0 B), 0 of running ones.\n");
}

}  // namespace
}  // namespace ttmem

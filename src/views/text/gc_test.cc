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

TEST(GcText, ADryRunSaysThatItIsOne) {
    EXPECT_EQ(
        gc_text({.generated_at = 0, .dry_run = true, .removed = {}, .errors = {}}, {}),
        "Would remove: 0 ledgers of ended processes, 0 B. Kept: 0 of ended processes (0 B), 0 of running ones.\n");
}

}  // namespace
}  // namespace ttmem

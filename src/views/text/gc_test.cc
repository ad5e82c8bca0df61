#include "src/views/text/gc.h"

#include <gtest/gtest.h>

#include "src/analysis/sample_snapshot.h"

namespace ttmem {
namespace {

GcValues one_removed() {
    GcValues values;
    values.generated_at = kSampleNow;
    values.removed = {{"/dev/shm/ttmem-0/a\x1b.ledger", 7, 2048, kSampleNow - 600 * kSecond}};
    values.kept_dead = 2;
    values.kept_dead_bytes = 4096;
    values.live = 1;
    values.errors = {{"b.ledger could not be removed", "Permission denied", ""}};
    return values;
}

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

TEST(GcJson, AnItemPerLedger) {
    const Json json = gc_json(one_removed());
    EXPECT_EQ(json["schema"], "ttmem.gc/1");
    EXPECT_EQ(json["items"].size(), 1u);
    EXPECT_EQ(json["items"][0]["bytes"], 2048);
    EXPECT_EQ(json["errors"][0]["why"], "Permission denied");
    EXPECT_TRUE(json["errors"][0]["next_step"].is_null());
}

}  // namespace
}  // namespace ttmem

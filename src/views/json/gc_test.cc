#include "src/views/json/gc.h"

#include <gtest/gtest.h>

#include "tests/support/sample_gc.h"

namespace ttmem {
namespace {

TEST(GcJson, AnItemPerLedger) {
    const Json json = gc_json(one_removed());
    EXPECT_EQ(json["schema"], "ttmem.gc/1");
    EXPECT_EQ(json["items"].size(), 1u);
    EXPECT_EQ(json["items"][0]["bytes"], 2048);
    EXPECT_EQ(json["errors"][0]["why"], "Permission denied");
    EXPECT_TRUE(json["errors"][0]["next_step"].is_null());
}

TEST(GcJson, IsIncompleteWhereSomethingIsOrCouldNotBeRead) {
    EXPECT_FALSE(gc_json(one_removed())["coverage"]["complete"]);
    GcValues values;
    EXPECT_TRUE(gc_json(values)["coverage"]["complete"]);
    values.coverage.note_unread("the ledger /d/a was not read: it is too short for a ledger");
    EXPECT_FALSE(gc_json(values)["coverage"]["complete"]);
    EXPECT_EQ(gc_json(values)["coverage"]["notes"].size(), 1u);
}

}  // namespace
}  // namespace ttmem

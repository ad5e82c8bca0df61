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

}  // namespace
}  // namespace ttmem

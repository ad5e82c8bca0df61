#include "src/views/json/legacy.h"

#include <gtest/gtest.h>

#include "tests/support/sample_legacy.h"

namespace ttmem {
namespace {

TEST(LegacyJson, HasEachDeviceOfEachProcessAndTheForksView) {
    const Json json = legacy_json(binary());
    EXPECT_EQ(json["processes"][0]["pid"], 4711);
    EXPECT_EQ(json["processes"][0]["devices"][1]["requested_bytes"]["dram"], 24'576);
    EXPECT_EQ(json["processes"][0]["devices"][1]["registrations"], 2);
    EXPECT_EQ(json["fork_view"][0]["bytes"]["dram"], 98'304);
    EXPECT_TRUE(legacy_json(std::nullopt).is_null());
    const Json owners = legacy_owners_json(binary(), kAddress);
    EXPECT_EQ(owners[0]["registrations"], 18);
    EXPECT_EQ(owners[0]["devices"].size(), 8u);
    EXPECT_TRUE(legacy_owners_json(binary(), kAddress + 1).empty());
}

}  // namespace
}  // namespace ttmem

#include "src/views/json/allocation_server.h"

#include <gtest/gtest.h>

#include "tests/support/sample_registrations.h"

namespace ttmem {
namespace {

TEST(AllocationServerJson, HasEachDeviceOfEachProcessAndTheServersCounts) {
    const Json json = allocation_server_json(binary());
    EXPECT_EQ(json["processes"][0]["pid"], 4711);
    EXPECT_EQ(json["processes"][0]["devices"][1]["requested_bytes"]["dram"], 24'576);
    EXPECT_EQ(json["processes"][0]["devices"][1]["registrations"], 2);
    EXPECT_EQ(json["registration_counts"][0]["bytes"]["dram"], 98'304);
    EXPECT_TRUE(allocation_server_json(std::nullopt).is_null());
    const Json owners = registrants_json(binary(), kAddress);
    EXPECT_EQ(owners[0]["registrations"], 18);
    EXPECT_EQ(owners[0]["devices"].size(), 8u);
    EXPECT_TRUE(registrants_json(binary(), kAddress + 1).empty());
}

}  // namespace
}  // namespace ttmem

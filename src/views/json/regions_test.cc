#include "src/views/json/regions.h"

#include <gtest/gtest.h>

#include "tests/support/sample_regions.h"

namespace ttmem {
namespace {

TEST(RegionsJson, NamesTheSourceOfEachAndTheReasonOfWhatIsNotShown) {
    const Json json = regions_json(sample_regions());
    ASSERT_EQ(json.size(), 2u);
    EXPECT_EQ(json[0]["source"], "tt-metal-shm");
    EXPECT_EQ(json[0]["chip_id"], "0xa0");
    EXPECT_EQ(json[0]["requested_bytes"]["dram"], 6144);
    EXPECT_EQ(json[0]["ghost_bytes"]["dram"], 2048);
    EXPECT_EQ(json[0]["processes"][0]["pid"], 100);
    EXPECT_TRUE(json[0]["cb"]["reserved_bytes"].is_null());
    EXPECT_EQ(json[0]["coverage"]["complete"], false);
    EXPECT_EQ(json[1]["error"]["why"], "it belongs to root");
}

}  // namespace
}  // namespace ttmem

#include "src/views/json/map.h"

#include <gtest/gtest.h>

#include "tests/support/sample_map.h"

namespace ttmem {
namespace {

Json json_of(const Snapshot& s, size_t limit = 0) {
    return map_json({.snapshot = s, .maps = maps_of(s), .limit = limit});
}

TEST(MapJson, TellsTheGapAndWhoEndsIt) {
    const Json json = json_of(sample_map());
    EXPECT_EQ(json["schema"], "ttmem.map/1");
    EXPECT_EQ(json["moment"], nullptr);
    ASSERT_EQ(json["items"].size(), 1u);
    const Json& l1 = json["items"][0]["l1"];
    EXPECT_EQ(json["items"][0]["chips"], Json::parse(R"(["0xa0"])"));
    EXPECT_EQ(l1["base_address"], 1000);
    EXPECT_EQ(l1["top_address"], 11000);
    EXPECT_EQ(l1["core_end_address"], 11500);
    EXPECT_EQ(l1["floor_address"], 4256);
    EXPECT_EQ(l1["core"], Json::parse(R"({"x":1,"y":0,"program":"matmul","circular_buffer_bytes_per_core":3000,
        "reach_address":4000,"gap_bytes_per_core":256,"overlap_bytes_per_core":0,"circular_buffers":[
          {"index":0,"kind":"cb","address":1000,"end_address":3000,"bytes_per_core":2000},
          {"index":1,"kind":"cb","address":3000,"end_address":4000,"bytes_per_core":1000}]})"));
    EXPECT_EQ(l1["cores"].size(), 4u);
    EXPECT_EQ(l1["programs"][1]["program"], "add");
    EXPECT_EQ(l1["programs"][1]["gap_bytes_per_core"], 2756);
}

TEST(MapJson, TellsFloorHoldersAndWhatTheyStrand) {
    const Json json = json_of(sample_map());
    const Json& floor = json["items"][0]["l1"]["floor_holders"];
    EXPECT_EQ(floor["holders"], 2);
    EXPECT_EQ(floor["bytes_per_core"], 128);
    EXPECT_EQ(floor["stranded_bytes_per_core"], 9000 - 4384);
    EXPECT_EQ(floor["floor_without_address"], 9000);
    EXPECT_EQ(floor["owners"][0]["op"], "all_gather");
    EXPECT_EQ(floor["owners"][0]["tag"], "semaphores");
    EXPECT_EQ(floor["owners"][0]["iterations"], 2);
    EXPECT_EQ(floor["items"][0]["stranded_bytes_per_core"], 0);
}

TEST(MapJson, TellsWhatSplitsABank) {
    const Json json = json_of(sample_map());
    const Json& dram = json["items"][0]["banks"][0];
    EXPECT_EQ(dram["pool"], "dram");
    EXPECT_EQ(dram["free_bytes_per_bank"], 100'000 - 40'000 - 64 - 1032);
    EXPECT_EQ(dram["largest_free_bytes_per_bank"], 38'936);
    EXPECT_EQ(dram["splitter"]["address"], 60'000);
    EXPECT_EQ(dram["splitter"]["largest_free_without_bytes_per_bank"], 99'000 - 40'032);
    EXPECT_EQ(dram["blocks"].size(), 3u);
}

TEST(MapJson, SaysHowManyBlocksItLeavesOut) {
    const Json json = json_of(sample_map(), 1);
    const Json& dram = json["items"][0]["banks"][0];
    EXPECT_EQ(dram["blocks"].size(), 1u);
    EXPECT_EQ(dram["blocks_left_out"], 2);
    EXPECT_EQ(json["items"][0]["l1"]["programs_left_out"], 1);
}

TEST(MapJson, IsNullWhereTheLayoutIsNotKnown) {
    Snapshot s = sample_map();
    s.processes[0].chips[0].chip.l1_base.reset();
    EXPECT_EQ(json_of(s)["items"][0]["l1"], nullptr);
}

}  // namespace
}  // namespace ttmem

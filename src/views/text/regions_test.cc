#include "src/views/text/regions.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

ShownRegions sample_regions() {
    ShownRegion region;
    region.path = "/dev/shm/tt_device_3_memory";
    region.version = 2;
    region.chip.chip.logical_id = 3;
    region.chip.chip.id = ChipId{0xa0};
    region.has_id = true;
    region.totals = {6144, 1024, 0, 0};
    region.ghosts = {2048, 0, 0, 0};
    region.processes = {{100, "llama\x1b[2J", "live", {4096, 1024, 0, 0}}};
    region.age_ns = 2'000'000'000;
    region.coverage.note("Counters only.");
    return {{region}, {{"cannot open /dev/shm/tt_device_4_memory", "it belongs to root", "sudo ttmem status"}}};
}

TEST(RegionsText, AreASectionOfTheirOwnWithGhostsAndCoverage) {
    EXPECT_EQ(regions_text(sample_regions(), {}), R"(
tt-metal's own counters (/dev/shm), not in any figure above:
CHIP  PROCESS                 DRAM        L1  L1_SMALL  TRACE  UPDATED
3     all                 6.00 KiB  1.00 KiB       0 B    0 B  2 s ago
      100 (llama\x1b[2J)  4.00 KiB  1.00 KiB       0 B    0 B
      nobody who lives    2.00 KiB       0 B       0 B    0 B
Incomplete: Counters only
Not shown: cannot open /dev/shm/tt_device_4_memory: it belongs to root; next: sudo ttmem status
)");
    EXPECT_EQ(regions_text({}, {}), "");
}

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

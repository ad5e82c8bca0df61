#include "src/views/text/regions.h"

#include <gtest/gtest.h>

#include "tests/support/sample_regions.h"

namespace ttmem {
namespace {

TEST(RegionsText, AreASectionOfTheirOwnWithGhostsAndCoverage) {
    EXPECT_EQ(regions_text(sample_regions(), {}), R"(
tt-metal's own counters (/dev/shm), not in any figure above:
CHIP  PROCESS                 DRAM        L1  L1_SMALL  TRACE  UPDATED
3     all                 6.00 KiB  1.00 KiB       0 B    0 B  2 s ago
      100 (llama\x1b[2J)  4.00 KiB  1.00 KiB       0 B    0 B
      no live process     2.00 KiB       0 B       0 B    0 B
Incomplete: Counters only
Not shown: cannot open /dev/shm/tt_device_4_memory: it belongs to root; next: sudo ttmem status
)");
    EXPECT_EQ(regions_text({}, {}), "");
}

TEST(RegionsText, StaleOnesThatHoldNothingAreOneLine) {
    ShmRegions shown = sample_regions();
    ShmRegion empty;
    empty.stale = true;
    for (int i = 0; i < 9; ++i) shown.regions.push_back(empty);
    EXPECT_NE(regions_text(shown, {}).find("\n9 stale regions hold nothing.\n"), std::string::npos)
        << regions_text(shown, {});
    shown.regions.back().ghosts.l1 = 1;
    EXPECT_NE(regions_text(shown, {}).find("\n8 stale regions hold nothing.\n"), std::string::npos)
        << "what somebody left is shown";
}

}  // namespace
}  // namespace ttmem

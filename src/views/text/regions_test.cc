#include "src/views/text/regions.h"

#include <gtest/gtest.h>

#include "tests/support/sample_regions.h"

namespace ttmem {
namespace {

ShmProcess ended_process(uint64_t dram) {
    ShmProcess process;
    process.pid = 7;
    process.name = "python";
    process.counters.dram = dram;
    return process;
}

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

TEST(RegionsText, ThoseWithoutALiveProcessAreOneLine) {
    ShmRegions shown = sample_regions();
    ShmRegion abandoned;
    abandoned.coverage.note("its process is dead");
    abandoned.totals.dram = 1024;
    abandoned.processes.push_back(ended_process(0));
    for (int i = 0; i < 9; ++i) shown.regions.push_back(abandoned);
    const std::string text = regions_text(shown, {});
    EXPECT_NE(text.find("\n9 regions have no live process in them: the 9.00 KiB of DRAM and 0 B of L1 that they still "
                        "count are not in use. tt-metal leaves such files behind; --json lists them.\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("python"), std::string::npos) << text;
    EXPECT_EQ(text.find("its process is dead"), std::string::npos) << text;
}

TEST(RegionsText, EndedProcessesOfALiveRegionAreOneRow) {
    ShmRegions shown = sample_regions();
    for (int i = 0; i < 3; ++i) shown.regions[0].processes.push_back(ended_process(512));
    const std::string text = regions_text(shown, {});
    EXPECT_NE(text.find("3 ended processes   1.50 KiB"), std::string::npos) << text;
}

TEST(RegionsText, ThoseThatCannotBeReadAreOneLine) {
    ShmRegions shown = sample_regions();
    for (int i = 0; i < 50; ++i) shown.unreadable.push_back(shown.unreadable.front());
    EXPECT_NE(regions_text(shown, {}).find("it belongs to root, and 50 more; next: sudo ttmem status\n"),
              std::string::npos)
        << regions_text(shown, {});
}

}  // namespace
}  // namespace ttmem

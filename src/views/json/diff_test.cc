#include "src/views/json/diff.h"

#include <gtest/gtest.h>

#include "tests/support/sample_diff.h"

namespace ttmem {
namespace {

TEST(DiffJson, ListsOwnersWithTheirFiguresInEveryRun) {
    constexpr uint64_t kMiB = 1024 * 1024;
    std::vector<RunFigures> runs = sample_runs();
    const Json json = diff_json({runs, diff(runs)});
    EXPECT_EQ(json["schema"], "ttmem.diff/1");
    EXPECT_EQ(json["runs"][1]["name"], "today.ttmem");
    const Json& dram = json["pools"][0];
    EXPECT_EQ(dram["peak_growth_bytes_min"], 96 * kMiB);
    EXPECT_EQ(dram["peak_growth_bytes_max"], 96 * kMiB);
    EXPECT_EQ(dram["left_growth_bytes_all_chips"], 32 * kMiB);
    EXPECT_EQ(dram["owners_at_peak"][0]["op"], "matmul");
    EXPECT_EQ(dram["owners_at_peak"][0]["tag"], nullptr);
    EXPECT_EQ(dram["owners_at_peak"][0]["change"], "grew");
    EXPECT_EQ(dram["owners_at_peak"][1]["change"], "new");
    EXPECT_EQ(dram["owners_left"][0]["runs"][1]["reserved_bytes_all_chips"], 32 * kMiB);
    runs[0].pools[0].high.reset();
    EXPECT_EQ(diff_json({runs, diff(runs)})["pools"][0]["peak_growth_bytes_min"], nullptr);
}

}  // namespace
}  // namespace ttmem

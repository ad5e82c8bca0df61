#include "src/views/json/tree.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(TreeJson, ChildrenAddUpToTheirNode) {
    const Recording recording = sample_recording();
    const Peaks peaks = peaks_of(recording);
    const std::vector<TreeLevel> levels = {TreeLevel::kOp, TreeLevel::kClass};
    TreeValues values{recording, peaks.coverage, {}, levels};
    values.pools.push_back({peaks.pools[0].chips, Pool::kDram, tree_of(peaks.pools[0].moment.shares, levels)});
    const Json json = tree_json(values);
    const Json& root = json["pools"][0];
    uint64_t sum = 0;
    for (const Json& child : root["children"]) sum += child["reserved_bytes"].get<uint64_t>();
    EXPECT_EQ(sum, root["reserved_bytes"]);
    EXPECT_EQ(root["children"][0]["name"], "load");
    EXPECT_EQ(root["children"][1]["children"].size(), 2u);
    EXPECT_EQ(json["nodes_left_out"], 0);
}

}  // namespace
}  // namespace ttmem

#include "src/views/json/explain.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(ExplainJson, AMatchIsAnAllocationItemAndMore) {
    const Snapshot s = sample_snapshot();
    const Json json = explain_json(s, explain(s, DeviceAddress{1073737728}));
    EXPECT_EQ(json["schema"], "ttmem.explain/1");
    ASSERT_EQ(json["matches"].size(), 1u);
    const Json& match = json["matches"][0];
    EXPECT_EQ(match["id"], "0x1002");
    EXPECT_EQ(match["pages"], 12);
    EXPECT_EQ(match["page_bytes"], 2048);
    EXPECT_EQ(match["banks"], 12);
    EXPECT_EQ(match["data_banks"], 12);
    EXPECT_EQ(match["state"], "live");
    EXPECT_EQ(match["story"].size(), 5u);
}

TEST(ExplainJson, NeighboursAreAllocationItemsOrNull) {
    const Snapshot s = sample_snapshot();
    const Json json = explain_json(s, explain(s, DeviceAddress{5}));
    EXPECT_EQ(json["matches"], Json::array());
    EXPECT_EQ(json["neighbours"][0]["pool"], "dram");
    EXPECT_TRUE(json["neighbours"][0]["below"].is_null());
    EXPECT_EQ(json["neighbours"][0]["above"]["id"], "0x1001");
}

TEST(ExplainJson, HasCircularBuffersBesideTheAllocations) {
    Snapshot s = sample_snapshot();
    s.allocations.clear();
    ProgramCbs cbs;
    cbs.plan.buffers = {{3, false, 0x19000, 4096, {{0, 0, 1, 1}, {5, 5, 5, 5}}}};
    s.programs[0].cbs = {cbs};
    const Explanation explanation = explain(s, DeviceAddress{0x19000});
    const Json json = explain_json(s, explanation);
    EXPECT_EQ(json["circular_buffers"][0]["program"], "matmul");
    EXPECT_EQ(json["circular_buffers"][0]["state"], "reserved");
    EXPECT_EQ(json["circular_buffers"][0]["cores"], 5);
}

}  // namespace
}  // namespace ttmem

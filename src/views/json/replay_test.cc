#include "src/views/json/replay.h"

#include <gtest/gtest.h>

#include "src/views/json/traces.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// A tensor at the begin of DRAM, of which a bank has 4,096 B.
Recording one_tensor() {
    RecordingMaker maker;
    const uint32_t chip = maker.place({0xa0});
    maker.use(0, 0xa0).chip.pools[static_cast<size_t>(Pool::kDram)] = {1, 4'096};
    maker.alloc(chip, Pool::kDram, 1'024, maker.text("load"));
    return maker.finish();
}

TEST(ReplayJson, HasBothPoliciesOfEachArena) {
    const Recording recording = one_tensor();
    const Json json = replay_json({recording, what_if_of(recording, {}), "policy=first_fit"});
    EXPECT_EQ(json["schema"], "ttmem.replay/1");
    EXPECT_EQ(json["verdict"], "fits");
    EXPECT_EQ(json["verdicts"]["best_fit"], "fits");
    EXPECT_EQ(json["what_if"], "policy=first_fit");
    ASSERT_EQ(json["arenas"].size(), 1u);
    const Json& arena = json["arenas"][0];
    EXPECT_EQ(arena["pool"], "dram");
    EXPECT_EQ(arena["allocations"], 1);
    EXPECT_EQ(arena["reproduced"], 1);
    EXPECT_EQ(arena["first_fit"]["peak"]["used_bytes_per_bank"], 1'024);
    EXPECT_EQ(arena["best_fit"]["peak"]["largest_free_bytes_per_bank"], 3'072);
    EXPECT_EQ(arena["first_fit"]["peak"]["splitter"], nullptr);
}

TEST(TracesJson, HasAListForEachPart) {
    const Recording recording = one_tensor();
    const Json json = traces_json({recording, traces_of(recording), 0});
    EXPECT_EQ(json["schema"], "ttmem.traces/1");
    EXPECT_EQ(json["traces"], Json::array());
    EXPECT_EQ(json["regions"], Json::array());
    EXPECT_EQ(json["traces_left_out"], 0);
}

}  // namespace
}  // namespace ttmem

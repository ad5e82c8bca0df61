#include "src/views/json/core_need.h"

#include <gtest/gtest.h>

#include "tests/support/sample_core_need.h"

namespace ttmem {
namespace {

TEST(CoreNeedJson, PartsAddUpToWhatWasNeeded) {
    const Recording recording = sample_recording();
    const Json json = core_need_json(recording, Holders(recording.end), sample_core_need());
    EXPECT_EQ(json["chips"], (Json{"0xa0", "0xa1"}));
    EXPECT_EQ(json["op"], "matmul");
    EXPECT_EQ(json["iteration"], 2);
    EXPECT_EQ(json["needed_bytes_per_core"], 932 * 1024);
    EXPECT_EQ(json["circular_buffer_bytes_per_core"].get<uint64_t>() +
                  json["dataflow_buffer_bytes_per_core"].get<uint64_t>() +
                  json["scratchpad_bytes_per_core"].get<uint64_t>() + json["buffer_bytes_per_core"].get<uint64_t>(),
              json["needed_bytes_per_core"]);
    EXPECT_EQ(json["capacity_bytes_per_core"], 1'430'528);
    EXPECT_EQ(json["is_bound"], false);
}

TEST(CoreNeedJson, WhatIsNotKnownIsNull) {
    const Recording recording = sample_recording();
    CoreNeed need;
    need.chips = {ChipId{0xa0}};
    need.replays = 2;
    const Json json = core_need_json(recording, Holders(recording.end), need);
    for (const char* field : {"needed_bytes_per_core", "circular_buffer_bytes_per_core", "buffer_bytes_per_core",
                              "capacity_bytes_per_core", "pid", "program", "most_circular_buffer_bytes_per_core"}) {
        EXPECT_TRUE(json[field].is_null()) << field;
    }
    EXPECT_EQ(json["is_bound"], true);
    EXPECT_EQ(json["trace_replays"], 2);
}

}  // namespace
}  // namespace ttmem

#include "src/views/json/buffers.h"

#include <gtest/gtest.h>

#include "tests/support/sample_buffers.h"

namespace ttmem {
namespace {

TEST(BuffersJson, AnItemHasTheAgreedNames) {
    const Snapshot s = sample_snapshot();
    const BuffersValues values{s, live(s), 0, {}};
    const Json json = Json::parse(to_text(buffers_json(values)));
    EXPECT_EQ(json["schema"], "ttmem.buffers/1");
    EXPECT_EQ(json["items"][1],
              Json::parse(R"({"id":"0x1002","ledger":"00000000000000000000000000000011","pid":100,"place":"mesh 0",
        "chips":["0xa0","0xa1"],"pool":"dram","address":1073737728,"requested_bytes":24576,"reserved_bytes":24576,
        "class":"program","op":"matmul","tag":null,"program":"matmul","holder_ended":false,"thread":101,"since":"2026-11-22T18:47:13.000Z",
        "verdict":"cached","unique_id":null,"persistent":false})"));
    EXPECT_EQ(json["total"],
              Json::parse(R"({"allocations":2,"requested_bytes_all_chips":8437760,"reserved_bytes_all_chips":8454144,
                             "is_bound":false})"));
}

TEST(BuffersJson, TheTotalOfOneChipIsOfThatChip) {
    const Snapshot s = sample_snapshot();
    const BuffersValues values{s, live(s), 0, {}, Over::kOneChip};
    EXPECT_EQ(buffers_json(values).after["total"],
              Json::parse(R"({"allocations":2,"requested_bytes":4218880,"reserved_bytes":4227072,"is_bound":false})"));
}

TEST(BuffersJson, OnlyWhatMayStillLiveMakesTheTotalABound) {
    Snapshot s = sample_snapshot();
    s.coverage.untracked_allocations = 7;
    EXPECT_EQ(buffers_json({s, live(s), 0, {}}).after["total"]["is_bound"], false);
    s.coverage.untracked_now_allocations = 1;
    EXPECT_EQ(buffers_json({s, live(s), 0, {}}).after["total"]["is_bound"], true);
}

}  // namespace
}  // namespace ttmem

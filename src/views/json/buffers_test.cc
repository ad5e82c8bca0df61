#include "src/views/json/buffers.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

Selection live(const Snapshot& s) {
    Selection selection = select(s, {.standing = Standing::kLive});
    sort(s, selection, SortKey::kReserved);
    return selection;
}

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
              Json::parse(R"({"allocations":2,"requested_bytes":8437760,"reserved_bytes":8454144,"is_bound":false})"));
}

}  // namespace
}  // namespace ttmem

#include "src/views/json/leaks.h"

#include <gtest/gtest.h>

#include "tests/support/sample_leaks.h"

namespace ttmem {
namespace {

TEST(LeaksJson, ItemsAreAllocationsWithTheirVerdict) {
    const Snapshot s = ended();
    const LeaksValues values = values_of(s);
    const Json json = Json::parse(to_text(leaks_json(values)));
    EXPECT_EQ(json["schema"], "ttmem.leaks/1");
    ASSERT_EQ(json["items"].size(), 1u);
    EXPECT_EQ(json["items"][0]["id"], "0x2001");
    EXPECT_EQ(json["items"][0]["verdict"], "held_at_exit");
    EXPECT_EQ(json["verdicts"], Json::parse(R"({
        "leaked_bytes_all_chips":0,"leaked_is_bound":false,"cached_bytes_all_chips":0,"cached_is_bound":false,
        "released_by_close_bytes_all_chips":4096,"released_by_close_is_bound":false,
        "held_at_exit_bytes_all_chips":2048,"held_at_exit_is_bound":false,"unknown_bytes_all_chips":0})"));
}

TEST(LeaksJson, WhatALivingProcessLeakedAndCircularBuffersLeftBehind) {
    const Snapshot s = leaked_and_left_behind();
    const LeaksValues values = values_of(s);
    const Json items = Json::parse(to_text(leaks_json(values)))["items"];
    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[1], Json::parse(R"({"id":"0x700","ledger":"00000000000000000000000000000011","pid":100,
        "place":"mesh 0","chips":["0xa0","0xa1"],"pool":"l1","address":null,"requested_bytes":0,"reserved_bytes":0,
        "class":"cb_plan","op":"matmul","tag":null,"program":"matmul","holder_ended":true,"thread":null,
        "since":"2026-11-22T18:47:13.000Z","verdict":"leaked","unique_id":"0x7","persistent":false})"));
}

TEST(LeaksJson, HasSoManyOfEachProcessAndSaysHowManyMore) {
    const Snapshot s = leaked_and_left_behind();
    LeaksValues values = values_of(s);
    EXPECT_EQ(Json::parse(to_text(leaks_json(values)))["items_left_out"], 0);
    values.limit = 1;
    const Json json = Json::parse(to_text(leaks_json(values)));
    EXPECT_EQ(json["items"].size(), 1u);
    EXPECT_EQ(json["items_left_out"], 1);
}

}  // namespace
}  // namespace ttmem

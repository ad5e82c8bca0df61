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
    EXPECT_EQ(json["verdicts"], Json::parse(R"({"leaked_bytes":0,"cached_bytes":0,"released_by_close_bytes":4096,
                                                "held_at_exit_bytes":2048,"unknown_bytes":0})"));
}

TEST(LeaksJson, WhatALivingProcessLeakedAndCircularBuffersLeftBehind) {
    Snapshot s = sample_snapshot();
    s.allocations = {s.allocations[0]};
    s.allocations[0].iteration = 3;
    s.processes[0].iterations_begun = 4;
    s.programs[0].destroyed = true;
    s.programs[0].op = 1;
    ProgramCbs cbs;
    cbs.left_behind = true;
    s.programs[0].cbs = {cbs};
    const LeaksValues values = values_of(s);
    const Json items = Json::parse(to_text(leaks_json(values)))["items"];
    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[1], Json::parse(R"({"id":"0x700","ledger":"00000000000000000000000000000011","pid":100,
        "place":"mesh 0","chips":["0xa0","0xa1"],"pool":"l1","address":null,"requested_bytes":0,"reserved_bytes":0,
        "class":"cb_plan","op":"matmul","tag":null,"program":"matmul","holder_ended":true,"thread":null,
        "since":"2026-11-22T18:47:13.000Z","verdict":"leaked","unique_id":"0x7","persistent":false})"));
}

}  // namespace
}  // namespace ttmem

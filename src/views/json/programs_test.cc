#include "src/views/json/programs.h"

#include <gtest/gtest.h>

#include "tests/support/sample_programs.h"

namespace ttmem {
namespace {

TEST(ProgramsJson, AnItemHasTheAgreedNames) {
    const Snapshot s = sample();
    const Json json = programs_json(values_of_programs(s));
    EXPECT_EQ(json["schema"], "ttmem.programs/1");
    EXPECT_EQ(json["items"][0],
              Json::parse(R"({"id":"0x700","ledger":"00000000000000000000000000000011","pid":100,"name":"matmul",
        "unique_id":"0x7","state":"live","op":"matmul","tag":null,"thread":null,"since":"2026-11-22T18:47:13.000Z",
        "places":[{"place":"mesh 0","chips":["0xa0","0xa1"],"state":"reserved","reserved_bytes":16384,
          "resident_bytes_all_chips":16384,"max_bytes_per_core":4096,"resident_on":[{"chip_id":"0xa1","cores":4}],
          "circular_buffers":[
            {"index":0,"kind":"cb","aliased":false,"address":102400,"bytes_per_core":4096,"cores":4,
             "core_ranges":[{"x0":0,"y0":0,"x1":1,"y1":1}]},
            {"index":16,"kind":"dfb","aliased":true,"address":null,"bytes_per_core":2048,"cores":2,
             "core_ranges":[{"x0":0,"y0":0,"x1":0,"y1":0},{"x0":1,"y0":1,"x1":1,"y1":1}]}]}]})"));
    EXPECT_EQ(json["items"][2]["state"], "destroyed");
    EXPECT_EQ(json["items"][2]["places"][0]["state"], "left_behind");
    EXPECT_EQ(json["traces"][0],
              Json::parse(R"({"id":"0xa00","ledger":"00000000000000000000000000000011","pid":100,"name":null,"number":3,
        "place":"mesh 0","chips":["0xa0","0xa1"],"plans":12,"replayed":true,"state":"live",
        "since":"2026-11-22T18:48:11.000Z"})"));
    EXPECT_EQ(json["total"], Json::parse(R"({"programs":3,"traces":1})"));
}

TEST(ProgramsJson, WhatAnOlderLibraryDidNotRecordIsNotKnownAndNotNone) {
    Snapshot s = sample_snapshot();
    EXPECT_EQ(programs_json(values_of_programs(s))["items"][0]["places"], nullptr);
    for (ChipUse& use : s.processes[0].chips) use.cb.reserved_bytes = 0;
    EXPECT_EQ(programs_json(values_of_programs(s))["items"][0]["places"], Json::array());
}

}  // namespace
}  // namespace ttmem

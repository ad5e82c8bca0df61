#include "src/views/json/status.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(StatusJson, AChipHasExactlyTheAgreedNames) {
    const Snapshot s = sample_snapshot();
    const Json json = status_json({s.generated_at, {s.processes[1].chips[0]}, {}, {}, {}});
    EXPECT_EQ(json["schema"], "ttmem.status/1");
    EXPECT_EQ(json["generated_at"], "2026-11-22T18:48:13.000Z");
    EXPECT_EQ(json["coverage"],
              Json::parse(R"({"complete":true,"events_lost":0,"untracked_allocations":0,"untracked_bytes":0,
        "untracked_now_allocations":0,"untracked_now_bytes":0,"notes":[]})"));
    Json chip = json["chips"][0];
    EXPECT_EQ(chip["pools"]["dram"], Json::parse(R"({"requested_bytes":2048,"reserved_bytes":24576,
        "peak_requested_bytes":2048,"peak_reserved_bytes":24576,"peak_exact":false,"peak_requested_bytes_max":6144,
        "peak_reserved_bytes_max":49152,"capacity_bytes":12884901888,"allocations":1,"is_bound":false})"));
    std::vector<std::string> pools;
    for (const auto& [name, pool] : chip["pools"].items()) pools.push_back(name);
    EXPECT_EQ(pools, (std::vector<std::string>{"dram", "l1", "l1_small", "trace", "system"}));
    chip.erase("pools");
    EXPECT_EQ(chip, Json::parse(R"({"chip_id":"0xa0","logical_id":0,"arch":"wormhole_b0",
                                    "cb":{"reserved_bytes":null,"resident_bytes":null,"max_bytes_per_core":null,"is_bound":false}})"));
}

TEST(StatusJson, APeakThatNothingBoundsHasNoUpperBound) {
    ChipUse chip = sample_chip(3, 1);
    chip.pool(Pool::kDram).peak_requested = chip.pool(Pool::kDram).peak_reserved = Interval{1ull << 62, UINT64_MAX};
    const Json dram = status_json({kSampleNow, {chip}, {}, {}, {}})["chips"][0]["pools"]["dram"];
    EXPECT_EQ(dram["peak_reserved_bytes"], 1ull << 62);
    EXPECT_TRUE(dram["peak_reserved_bytes_max"].is_null());
    EXPECT_EQ(dram["peak_exact"], false);
}

TEST(StatusJson, WhatIsNotKnownIsNullAndChipsStandInTheOrderOfTheirNumbers) {
    ChipUse unknown;
    unknown.chip.id = ChipId{1};
    const Json json = status_json({kSampleNow, {unknown, sample_chip(3, 1), sample_chip(2, 0)}, {}, {}, {}});
    EXPECT_EQ(json["chips"][0]["chip_id"], "0x2");
    EXPECT_EQ(json["chips"][1]["chip_id"], "0x3");
    EXPECT_TRUE(json["chips"][2]["logical_id"].is_null());
    EXPECT_TRUE(json["chips"][2]["arch"].is_null());
    for (const auto& [name, value] : json["chips"][2]["pools"]["l1"].items()) EXPECT_TRUE(value.is_null()) << name;
}

}  // namespace
}  // namespace ttmem

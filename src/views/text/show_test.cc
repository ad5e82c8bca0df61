#include "src/views/text/show.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

ShowValues graph() {
    ShowValues values;
    values.generated_at = 1'763'837'293'120'000'000;
    values.source = "graph\x1b[31m.json";
    values.format = "ttnn-captured-graph", values.version = "text";
    values.operations = 3, values.top_level_operations = 1;
    values.allocations = 4, values.frees = 1;
    values.cb_plans = 2, values.circular_buffers = 5;
    ShownChip chip{"chip 0", {}, false};
    chip.use.pool(Pool::kL1).requested_bytes = 2048;
    chip.use.pool(Pool::kL1).allocations = 1;
    values.chips = {chip};
    values.peaks = {{0, Pool::kDram, 4096, {}, {}, {}, "ttnn::add", ""},
                    {0, Pool::kL1, 2048, {}, 10240, {}, "ttnn::add", "ttnn::add > \x1b]0;title"}};
    values.earlier = {{Pool::kDram, 2, 6144}};
    values.coverage.note("The graph does not say how many banks there are.");
    return values;
}

TEST(ShowText, TellsFormatCountsPeaksAndWhatIsLeft) {
    EXPECT_EQ(show_text(graph(), {}), R"(graph\x1b[31m.json: ttnn-captured-graph, version text
3 operations (1 top-level), 4 allocations, 1 free, 2 CB plans with 5 circular buffers, 1 chip

Peak, per chip:
CHIP    POOL  REQUESTED  RESERVED  WITH CBS  OPERATION  OPERATION WITH CBS
chip 0  dram   4.00 KiB         -         -  ttnn::add
chip 0  l1     2.00 KiB         -  10.0 KiB  ttnn::add  ttnn::add > \x1b]0;title

In use at its end, per chip:
CHIP    POOL  REQUESTED  RESERVED  CAPACITY  ALLOCATIONS
chip 0  l1     2.00 KiB         -         -            1

Before it begins, and not counted above: 6.00 KiB of dram in 2 buffers

Incomplete: The graph does not say how many banks there are
)");
}

TEST(ShowText, WhatIsNotKnownIsSaidToBeSo) {
    ShowValues values;
    values.source = "x", values.format = "tt-metal-shm", values.version = "4";
    ShownChip chip;
    chip.has_id = true;
    chip.use.chip.id = ChipId{0xa0};
    chip.use.pool(Pool::kDram).requested_bytes = 0;
    chip.use.cb.resident_bytes = 512;
    values.chips = {chip};
    EXPECT_EQ(show_text(values, {}), R"(x: tt-metal-shm, version 4
operations unknown, allocations unknown, frees unknown, CB plans unknown, 1 chip

In use at its end, per chip:
CHIP  POOL  REQUESTED  RESERVED  CAPACITY  ALLOCATIONS
0xa0  dram        0 B         -         -            -
Circular buffers of 0xa0: - reserved, 512 B resident
)");
}

TEST(ShowJson, HasTheStableNamesAndNullForWhatIsNotKnown) {
    const Json json = show_json(graph());
    EXPECT_EQ(json["schema"], "ttmem.show/1");
    EXPECT_EQ(json["format"], "ttnn-captured-graph");
    EXPECT_EQ(json["version"], "text");
    EXPECT_EQ(json["operations"], 3);
    EXPECT_EQ(json["allocations"], 4);
    EXPECT_EQ(json["frees"], 1);
    EXPECT_EQ(json["cb_plans"], 2);
    EXPECT_EQ(json["coverage"]["complete"], false);
    EXPECT_TRUE(json["chips"][0]["chip_id"].is_null());
    EXPECT_EQ(json["chips"][0]["pools"]["l1"]["requested_bytes"], 2048);
    EXPECT_TRUE(json["chips"][0]["pools"]["dram"]["requested_bytes"].is_null());
    ASSERT_EQ(json["peak"].size(), 2u);
    EXPECT_EQ(json["peak"][1]["pool"], "l1");
    EXPECT_EQ(json["peak"][1]["requested_bytes"], 2048);
    EXPECT_TRUE(json["peak"][1]["reserved_bytes"].is_null());
    EXPECT_EQ(json["peak"][1]["with_cb_bytes"], 10240);
    EXPECT_EQ(json["peak"][1]["operation"], "ttnn::add");
    EXPECT_FALSE(json.contains("failures"));

    const Json nothing = show_json({});
    for (const char* name : {"version", "operations", "allocations", "frees", "cb_plans"}) {
        EXPECT_TRUE(nothing[name].is_null()) << name;
    }
}

TEST(ShowText, OfMessagesOnlyTheFailuresAreTold) {
    ShowValues values;
    values.source = "log", values.format = "tt-metal-failure-messages";
    ShownFailure failure;
    failure.figures.kind = FailureKind::kTraceRegion;
    failure.figures.trace_bytes = 3000;
    failure.figures.trace_region_bytes = 1000;
    failure.explanation = explain_failure(failure.figures);
    failure.line = 7;
    values.failures = ShownFailures{{failure}, 0};
    const std::string text = show_text(values, {});
    EXPECT_EQ(text.substr(0, text.find("  ")),
              "log: tt-metal-failure-messages\n\n1 failed allocation:\n\nLine 7: the trace region is too small\n");
    EXPECT_EQ(show_json(values)["failures"][0]["trace_bytes"], 3000);
}

}  // namespace
}  // namespace ttmem

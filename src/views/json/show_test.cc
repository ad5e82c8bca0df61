#include "src/views/json/show.h"

#include <gtest/gtest.h>

#include "tests/support/sample_show.h"

namespace ttmem {
namespace {

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
    EXPECT_EQ(json["peak"][1]["largest_core"]["bytes_per_core"], 768);
    EXPECT_TRUE(json["peak"][0]["largest_core"].is_null());
    EXPECT_FALSE(json.contains("failures"));

    const Json nothing = show_json({});
    for (const char* name : {"version", "operations", "allocations", "frees", "cb_plans"}) {
        EXPECT_TRUE(nothing[name].is_null()) << name;
    }
}

TEST(ShowJson, WhatHasNoSizeIsABoundOrNull) {
    ShowValues values = graph();
    ImportedPeak& l1 = values.use.chips[0].peak(Pool::kL1);
    l1.least_requested_bytes = 100;
    EXPECT_EQ(show_json(values)["peak"][1]["least_requested_bytes"], 2048) << "what is known is its own bound";
    l1.requested_bytes.reset();
    values.use.earlier[static_cast<size_t>(Pool::kL1)] = {3, 0, 3};
    values.use.unread_circular_buffers = 2;
    values.use.allocations_without_pool = 1;
    const Json json = show_json(values);
    EXPECT_TRUE(json["peak"][1]["requested_bytes"].is_null());
    EXPECT_EQ(json["peak"][1]["least_requested_bytes"], 100);
    EXPECT_EQ(json["earlier"][0]["bytes_all_chips"], 6144);
    EXPECT_TRUE(json["earlier"][1]["bytes_all_chips"].is_null());
    EXPECT_EQ(json["earlier"][1]["buffers_without_size"], 3);
    EXPECT_EQ(json["circular_buffers_of_unknown_use"], 2);
    EXPECT_EQ(json["allocations_of_unknown_memory"], 1);
}

TEST(ShowJson, OfMessagesOnlyTheFailuresAreTold) {
    ShowValues values;
    values.source = "log", values.use.format = "tt-metal-failure-messages";
    ExplainedFailure failure;
    FailureFigures& figures = failure.found.message.figures;
    figures.kind = FailureKind::kTraceRegion;
    figures.trace_bytes = 3000;
    figures.trace_region_bytes = 1000;
    failure.explanation = explain_failure(figures);
    failure.found.line = 7;
    values.failures = ExplainedFailures{{failure}, 0};
    EXPECT_EQ(show_json(values)["failures"][0]["trace_bytes"], 3000);
}

}  // namespace
}  // namespace ttmem

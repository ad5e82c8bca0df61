#include "src/views/json/fit.h"

#include <gtest/gtest.h>

#include "tests/support/sample_fit.h"

namespace ttmem {
namespace {

TEST(FitJson, HasEachRunWithItsFiguresAndItsFailure) {
    const Json json = fit_json(sample_fit());
    EXPECT_EQ(json["schema"], "ttmem.fit/1");
    EXPECT_EQ(json["verdict"], "does_not_fit");
    ASSERT_EQ(json["runs"].size(), 3u);
    const Json &fits = json["runs"][0], &fails = json["runs"][1], &unknown = json["runs"][2];
    EXPECT_EQ(fits["verdict"], "fits");
    EXPECT_EQ(fits["failure"], nullptr);
    const Json& pool = fits["pools"][0];
    EXPECT_EQ(pool["headroom_bytes"].get<uint64_t>() + pool["peak_reserved_bytes"].get<uint64_t>(),
              pool["capacity_bytes"].get<uint64_t>());
    EXPECT_EQ(pool["headroom_bytes"], pool["headroom_bytes_max"]);
    EXPECT_EQ(fails["settings"]["l1_small"], "0");
    EXPECT_EQ(fails["failure"]["operation"], "ttnn::conv2d");
    EXPECT_EQ(fails["failure"]["cause"], "no_region");
    EXPECT_EQ(unknown["pools"], Json::array());
    EXPECT_EQ(unknown["verdict"], "unknown");
}

TEST(FitJson, WhatWasInterruptedHasNoOtherVerdict) {
    FitValues values = sample_fit();
    values.interrupted = true;
    EXPECT_EQ(fit_json(values)["verdict"], "interrupted");
}

TEST(FitJson, HasEachSearchWithEachValueThatWasTried) {
    const Json json = fit_json(sample_search());
    EXPECT_EQ(json["verdict"], "does_not_fit");
    ASSERT_EQ(json["searches"].size(), 5u);
    const Json &found = json["searches"][0], &last = json["searches"][1], &contrary = json["searches"][3];
    EXPECT_EQ(found["verdict"], "found");
    EXPECT_EQ(found["largest"], 6);
    EXPECT_EQ(found["next"], 8);
    ASSERT_EQ(found["tried"].size(), 4u);
    const Json& tried = found["tried"][2];
    EXPECT_EQ(tried["value"], 8);
    EXPECT_EQ(tried["verdict"], "does_not_fit");
    const Json& run = json["runs"][tried["run"].get<size_t>()];
    EXPECT_EQ(run["searched"], (Json{{"name", "batch"}, {"value", 8}}));
    EXPECT_EQ(run["settings"], Json::object());
    EXPECT_EQ(last["next"], nullptr);
    EXPECT_EQ(contrary["verdict"], "unknown");
    EXPECT_EQ(contrary["largest"], nullptr);
    EXPECT_EQ(contrary["contrary"]["fits"], 8);
    EXPECT_EQ(json["searches"][4]["unknown"], 6);
    EXPECT_EQ(fit_json(sample_fit())["searches"], Json::array());
    EXPECT_EQ(fit_json(sample_fit())["runs"][0]["searched"], nullptr);
}

TEST(FitJson, ABoundOfTheHostHasAVerdictOfItsOwn) {
    const Json json = fit_json(sample_search_short_of_host_memory(HostMemory::kShort));
    EXPECT_EQ(json["verdict"], "unknown");
    const Json& search = json["searches"][0];
    EXPECT_EQ(search["verdict"], "host_memory_short");
    EXPECT_EQ(search["largest"], 6);
    EXPECT_EQ(search["host_memory_short"], 8);
    EXPECT_TRUE(search["next"].is_null());
    EXPECT_EQ(json["runs"][2]["host_memory"], "short");
    EXPECT_TRUE(json["runs"][0]["host_memory"].is_null());
}

}  // namespace
}  // namespace ttmem

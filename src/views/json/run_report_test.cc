#include "src/views/json/run_report.h"

#include <gtest/gtest.h>

#include "tests/support/sample_run_report.h"

namespace ttmem {
namespace {

TEST(RunJson, TheReportHasTheAgreedNames) {
    const Snapshot s = sample_snapshot();
    const RunValues values = values_of_run(s);
    const Json json = Json::parse(to_text(run_json(values)));
    EXPECT_EQ(json["schema"], "ttmem.run/1");
    EXPECT_EQ(json["exit_code"], 0);
    EXPECT_EQ(json["chips"].size(), 2u);
    EXPECT_EQ(json["leaks"].size(), 1u);
    EXPECT_EQ(json["leaks"][0]["verdict"], "held_at_exit");
    EXPECT_EQ(json["verdicts"]["held_at_exit_bytes_all_chips"], 2048);
    EXPECT_EQ(json["processes"].size(), 2u);
    EXPECT_EQ(json["still_running"], Json::array());
}

TEST(RunJson, AnOperationThatNeverBeganTwiceIsNamed) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    values.iterations_by = {"ttnn.matmull", ""};
    const Json json = run_json(values).after;
    EXPECT_EQ(json["iterations_by"], "ttnn.matmull");
    EXPECT_EQ(json["iterations"], Json::parse(R"({"begun":0,"ended":0})"));
}

}  // namespace
}  // namespace ttmem

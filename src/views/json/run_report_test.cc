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

TEST(RunJson, AMockIsDescribedAndHardwareIsNone) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of_run(s);
    EXPECT_EQ(run_json(values).after["mock"], nullptr);
    MachineContents contents;
    contents.architecture = "wormhole_b0";
    contents.chips = 8, contents.rows = 2, contents.columns = 4;
    values.mock = MockRun{"T3000", contents, true, {"times"}};
    EXPECT_EQ(run_json(values).after["mock"], Json::parse(R"({"machine":"T3000","architecture":"wormhole_b0","chips":8,
        "mesh":[2,4],"stand_in_compiler":true,"unknown":["times"],"opened_device":false,"host_refused_bytes":null,"failed_processes":[]})"));
    values.mock->failed = {{7, "python3", 1, 2}, {8, "python3", std::nullopt, 0}};
    EXPECT_EQ(run_json(values).after["mock"]["failed_processes"],
              Json::parse(R"([{"pid":7,"comm":"python3","status":1,"failed_allocations":2},
        {"pid":8,"comm":"python3","status":null,"failed_allocations":0}])"));
    values.mock->contents.reset();
    EXPECT_EQ(run_json(values).after["mock"]["mesh"], nullptr);
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

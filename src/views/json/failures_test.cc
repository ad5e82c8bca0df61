#include "src/views/json/failures.h"

#include <gtest/gtest.h>

#include "tests/support/sample_failures.h"

namespace ttmem {
namespace {

TEST(FailuresJson, HasEveryFigureByItsNameAndTheExplanation) {
    const Snapshot s = sample_snapshot();
    ExplainFailuresValues values;
    values.source = "-";
    values.shown = {{out_of_memory(&s)}, 0};
    values.snapshot = &s;
    const Json json = Json::parse(explain_failures_json(values).dump());
    EXPECT_EQ(json["schema"], "ttmem.explain/1");
    const Json& failure = json["failures"][0];
    EXPECT_EQ(failure["kind"], "out_of_memory");
    EXPECT_EQ(failure["pool"], "dram");
    EXPECT_EQ(failure["requested_bytes"], 12000);
    EXPECT_EQ(failure["largest_free_per_bank"], 500);
    EXPECT_TRUE(failure["trace_bytes"].is_null());
    for (const NamedFigure& figure : kNamedFigures) EXPECT_TRUE(failure.contains(figure.name)) << figure.name;
    EXPECT_EQ(failure["message"], "Out of Memory: \xef\xbf\xbd");
    EXPECT_EQ(failure["explanation"]["cause"], "full");
    EXPECT_EQ(failure["explanation"]["missing_bytes"], 4800);
    for (const Json& remedy : failure["explanation"]["remedies"]) {
        for (const char* field : {"kind", "text", "bytes", "chips", "cores", "address"})
            EXPECT_TRUE(remedy.contains(field));
    }
    EXPECT_EQ(failure["explanation"]["remedies"][0]["kind"], "free");
    EXPECT_EQ(failure["times"], 1);
    EXPECT_EQ(failure["explanation"]["holders"]["pool"], "dram");
    EXPECT_EQ(failure["explanation"]["holders"]["largest"][0]["pid"], 100);
}

TEST(FailuresJson, HasAllOfMany) {
    const ExplainedFailures many{std::vector<ExplainedFailure>(23, out_of_memory()), 5};
    EXPECT_EQ(failures_json(many, nullptr).size(), 23u);
}

}  // namespace
}  // namespace ttmem

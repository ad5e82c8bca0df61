#include "src/views/json/findings.h"

#include <gtest/gtest.h>

#include "tests/support/sample_findings.h"

namespace ttmem {
namespace {

TEST(FindingsJson, TheWorstFindingIsTheHealthOfAll) {
    const Json json = findings_json(kFindings, 0);
    EXPECT_EQ(json["schema"], "ttmem.doctor/1");
    EXPECT_EQ(json["health"], "warn");
    EXPECT_EQ(json["items"][0]["health"], "ok");
    EXPECT_TRUE(json["items"][0]["next"].is_null());
    EXPECT_EQ(json["items"][1]["next"], "unset TTMEM_LEVEL");
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/findings.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

const std::vector<Finding> kFindings = {{Health::kOk, "directory", "/dev/shm/ttmem-0", ""},
                                        {Health::kWarning, "level", "off\x1b", "unset TTMEM_LEVEL"}};

TEST(FindingsText, EachProblemHasWhatToDo) {
    EXPECT_EQ(findings_text(kFindings, {}), R"(ok    directory  /dev/shm/ttmem-0
warn  level      off\x1b
                 -> unset TTMEM_LEVEL

1 ok, 1 warning, 0 failures
)");
}

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

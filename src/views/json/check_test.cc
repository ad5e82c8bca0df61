#include "src/views/json/check.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(CheckJson, HasTheOutcomeOfEachCheck) {
    const Recording recording = sample_recording();
    const CheckValues values{
        recording,
        {{CheckOutcome::kInconclusive, "leaks", 0, 0, std::nullopt, false, "Not seen.", {{"`a`", 5}}}},
        {},
        "run.ttmem"};
    const Json json = check_json(values);
    EXPECT_EQ(json["outcome"], "inconclusive");
    EXPECT_EQ(json["checks"][0]["found_max"], nullptr);
    EXPECT_EQ(json["checks"][0]["why"], "Not seen.");
    EXPECT_EQ(json["checks"][0]["held_at_peak"][0]["by"], "`a`");
}

}  // namespace
}  // namespace ttmem

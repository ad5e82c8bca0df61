#include "src/views/json/growth.h"

#include <gtest/gtest.h>

#include "tests/support/sample_growth.h"

namespace ttmem {
namespace {

TEST(GrowthJson, HasWhatGrewWithItsCertainty) {
    const Recording recording = growing_recording();
    const Json json = growth_json({recording, growth_of(recording), {}});
    EXPECT_EQ(json["schema"], "ttmem.growth/1");
    EXPECT_EQ(json["processes"][0]["iterations_ended"], 6);
    ASSERT_EQ(json["owners"].size(), 1u);
    EXPECT_EQ(json["owners"][0]["certainty"], "certain");
    EXPECT_EQ(json["owners"][0]["first"]["reserved_bytes_all_chips"], 2 * 2 * 65536);
    EXPECT_EQ(json["owners"][0]["last"]["reserved_bytes_all_chips"], 6 * 2 * 65536);
    ASSERT_EQ(json["caches"].size(), 1u);
}

}  // namespace
}  // namespace ttmem

#include "src/views/json/peak.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(PeakJson, PartsAndSharesAddUpToTheMoment) {
    const Recording recording = sample_recording();
    const Json json = peak_json({recording, peaks_of(recording)});
    EXPECT_EQ(json["schema"], "ttmem.peak/1");
    ASSERT_EQ(json["peaks"].size(), 1u);
    const Json& peak = json["peaks"][0];
    EXPECT_EQ(peak["chips"], (Json{"0xa0", "0xa1"}));
    EXPECT_EQ(peak["peak_exact"], true);
    const Json& moment = peak["moment"];
    EXPECT_EQ(moment["op"], "matmul");
    EXPECT_EQ(moment["iteration"], 2);
    uint64_t parts = 0, shares = 0;
    for (const auto& [name, part] : moment["parts"].items()) parts += part["reserved_bytes"].get<uint64_t>();
    for (const Json& share : moment["shares"]) shares += share["reserved_bytes"].get<uint64_t>();
    EXPECT_EQ(parts, moment["reserved_bytes"]);
    EXPECT_EQ(shares, moment["reserved_bytes"]);
    EXPECT_EQ(peak["peak_reserved_bytes"], moment["reserved_bytes"]);
    EXPECT_EQ(moment["shares_left_out"], 0);
}

}  // namespace
}  // namespace ttmem

#include "src/views/json/timeline.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(TimelineJson, HasTheSlotsOfEachPool) {
    const Recording recording = sample_recording();
    const Json json = timeline_json({recording, timeline_of(recording, 10)});
    EXPECT_EQ(json["schema"], "ttmem.timeline/1");
    EXPECT_EQ(json["axis"], "time");
    ASSERT_EQ(json["pools"].size(), 1u);
    const Json& pool = json["pools"][0];
    ASSERT_EQ(pool["reserved_bytes"].size(), 10u);
    EXPECT_EQ(pool["reserved_bytes"][pool["peak_slot"].get<size_t>()], pool["peak_reserved_bytes"]);
    EXPECT_EQ(pool["bands"].size(), kBandCount);
    EXPECT_EQ(json["iterations"].size(), 2u);
}

}  // namespace
}  // namespace ttmem

#include "src/views/json/info.h"

#include <gtest/gtest.h>

#include "tests/support/sample_capture.h"

namespace ttmem {
namespace {

TEST(InfoJson, HasTheFiguresOfACapture) {
    SampleCapture sample;
    sample.recording.gaps.push_back({ProcessIndex{0}, 0, 5, 0, "no history"});
    const Json json = info_json(sample.values());
    EXPECT_EQ(json["schema"], "ttmem.info/1");
    EXPECT_EQ(json["events"], 1000);
    EXPECT_EQ(json["live_at_end"], 0);
    EXPECT_EQ(json["held_at_exit"], 3);
    EXPECT_EQ(json["released_by_close"], 0);
    EXPECT_EQ(json["trouble"], nullptr);
    EXPECT_EQ(json["gaps"][0]["pid"], 42);
    EXPECT_EQ(json["gaps"][0]["from"], nullptr);
    EXPECT_EQ(json["gaps"][0]["events"], nullptr) << "the number is not known";
    EXPECT_EQ(json["events_lost"], 0);
}

}  // namespace
}  // namespace ttmem

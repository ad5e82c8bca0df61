#include "src/exports/timeline_svg.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/random_recording.h"
#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

size_t count(const std::string& text, const std::string& what) {
    size_t found = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++found;
    return found;
}

std::string picture_of(const Recording& recording) {
    const Timeline timeline = timeline_of(recording, kSvgSlots);
    TimelineWords words{"ttmem timeline", "dram peaked <here> & there", {}, "Incomplete: nothing is."};
    for (size_t i = 0; i < timeline.pools.size(); ++i) words.panels.push_back("dram of \"each\"");
    return timeline_svg(timeline, words);
}

TEST(TimelineSvg, IsOnePictureWithTitleDescriptionAndBothThemes) {
    const std::string svg = picture_of(sample_recording());
    EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
    EXPECT_EQ(count(svg, "<title id=\"title\">ttmem timeline</title>"), 1u);
    EXPECT_NE(svg.find("<desc id=\"desc\">dram peaked &lt;here&gt; &amp; there"), std::string::npos);
    EXPECT_NE(svg.find("prefers-color-scheme:dark"), std::string::npos);
    EXPECT_NE(svg.find("class=\"persistent\" d="), std::string::npos);
    EXPECT_EQ(svg.find("class=\"trace\" d="), std::string::npos);  // there are none
    EXPECT_EQ(svg.find("http", 50), std::string::npos);            // it needs nothing else
}

TEST(TimelineSvg, StaysSmallWhateverTheRecordingHas) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        RandomRecording random(seed);
        const std::string svg = picture_of(random.maker.finish());
        EXPECT_LT(svg.size(), 300'000u);
        EXPECT_LT(count(svg, "<path") + count(svg, "<rect") + count(svg, "<text"), 10'000u);
    }
}

}  // namespace
}  // namespace ttmem

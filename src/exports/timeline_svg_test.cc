#include "src/exports/timeline_svg.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/random_recording.h"
#include "tests/support/sample_recording.h"
#include "tests/support/svg_texts.h"

namespace ttmem {
namespace {

using Words = std::vector<std::string>;

size_t count(const std::string& text, const std::string& what) {
    size_t found = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++found;
    return found;
}

std::string picture_of(const Timeline& timeline, const std::string& verdict = "dram peaked <here> & there") {
    TimelineWords words{"ttmem timeline", verdict, {}, "Incomplete: nothing is."};
    words.to_widen = "The whole: --from 0s.";
    for (size_t i = 0; i < timeline.pools.size(); ++i) words.panels.push_back("dram of \"each\"");
    return timeline_svg(timeline, words);
}
std::string picture_of(const Recording& recording) { return picture_of(timeline_of(recording, kSvgSlots)); }

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
    EXPECT_TRUE(svg_has(svg, "ttmem timeline")) << "of what it is stands in the picture, too";
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

TEST(TimelineSvg, SaysInWordsWhatTheCrossesAre) {
    Timeline timeline = timeline_of(sample_recording(), kSvgSlots);
    timeline.by_time = true, timeline.zero = timeline.from;
    timeline.failures.clear();
    for (size_t i = 0; i < 6; ++i)
        timeline.failures.push_back(
            {5 * i, 5 * i + 1, failure_words(FailureKind::kCbClash), 0, timeline.zero + 2'000'000});
    const std::string svg = picture_of(timeline);
    EXPECT_TRUE(svg_has(svg, "circular buffers clash with L1 buffers, at 2 ms"));
    EXPECT_TRUE(svg_has(svg, "2 more failures"));
    EXPECT_EQ(svg.find("cb_clash"), std::string::npos);
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

TEST(TimelineSvg, SaysWhatOfTheRecordingItDraws) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (int i = 0; i < 500; ++i) maker.add(EventKind::kPlaceOpened);
    maker.free(maker.alloc(chip, Pool::kDram, 10));
    const Recording recording = maker.finish();
    const std::string part = picture_of(timeline_of(recording, kSvgSlots, DrawnTime::kUsed));
    EXPECT_NE(part.find("from the first allocation to the last event. The whole: --from 0s."), std::string::npos);
    EXPECT_EQ(picture_of(recording).find("--from 0s"), std::string::npos) << "nothing is left out";
}

TEST(TimelineSvg, NeighborsOnTheAxisAreToldApart) {
    Timeline timeline = timeline_of(sample_recording(), kSvgSlots);
    timeline.by_time = true, timeline.zero = 1'000'000'000;
    timeline.from = timeline.zero + 16'190'000, timeline.to = timeline.zero + 16'580'000;
    const std::string svg = picture_of(timeline);
    for (const char* tick : {"16.2 ms", "16.25 ms", "16.3 ms", "16.55 ms"}) EXPECT_TRUE(svg_has(svg, tick)) << tick;
}

TEST(TimelineSvg, StaysSmallAndCanBeReadWhateverTheRecordingHas) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        RandomRecording random(seed);
        const Timeline timeline = timeline_of(random.maker.finish(), kSvgSlots, DrawnTime::kUsed);
        const std::string svg = picture_of(timeline, std::string(seed * 40, 'M') + " peaked");
        EXPECT_LT(svg.size(), 300'000u);
        EXPECT_LT(count(svg, "<path") + count(svg, "<rect") + count(svg, "<text"), 10'000u);
        EXPECT_EQ(svg_unreadable(svg), Words{}) << seed;
    }
}

}  // namespace
}  // namespace ttmem

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
        timeline.failures.push_back({.begin = 5 * i,
                                     .end = 5 * i + 1,
                                     .text = failure_words(FailureKind::kCbClash),
                                     .at = timeline.zero + 2'000'000});
    const std::string svg = picture_of(timeline);
    EXPECT_TRUE(svg_has(svg, "circular buffers clash with L1 buffers, at 2 ms"));
    EXPECT_TRUE(svg_has(svg, "2 more failures"));
    EXPECT_EQ(svg.find("cb_clash"), std::string::npos);
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

// A pool whose peak is so many hundredths of its capacity, somewhere in its middle, with failures around it.
Timeline near_capacity(uint64_t hundredths, size_t failures) {
    Timeline timeline = timeline_of(sample_recording(), kSvgSlots);
    PoolTimeline& pool = timeline.pools.at(0);
    pool.peak.capacity_bytes = pool.slots.at(pool.peak_slot).bytes * 100 / hundredths;
    timeline.failures.clear();
    for (size_t i = 0; i < failures; ++i) {
        const size_t slot = pool.peak_slot + 12 * (i + 1);
        timeline.failures.push_back({.begin = slot, .end = slot + 1, .text = "failed", .pool = pool.peak.pool});
    }
    return timeline;
}

TEST(TimelineSvg, ThePeaksWordsAreStruckThroughByNothingHoweverFullThePoolIs) {
    for (uint64_t hundredths = 1; hundredths <= 100; hundredths += hundredths < 60 ? 7 : 1) {
        for (const size_t failures : {0, 2})
            EXPECT_EQ(svg_unreadable(picture_of(near_capacity(hundredths, failures))), Words{}) << hundredths;
    }
}

TEST(TimelineSvg, AFailureStandsWithTheCurveOfItsPoolAndChipAlone) {
    RecordingMaker maker;
    const uint32_t one = maker.place({1}), two = maker.place({2});
    for (const Pool pool : {Pool::kDram, Pool::kL1}) maker.alloc(one, pool, 10), maker.alloc(two, pool, 20);
    const Timeline timeline = timeline_of(maker.finish(), kSvgSlots);
    ASSERT_EQ(timeline.pools.size(), 4u);
    const auto crosses = [&](const TimelineSpan& failure) {
        Timeline failed = timeline;
        failed.failures = {failure};
        const std::string svg = picture_of(failed);
        EXPECT_EQ(svg_unreadable(svg), Words{});
        EXPECT_EQ(svg_has(svg, "failures"), count(svg, "class=\"badline\"") == 0) << "it is somewhere";
        return count(svg, "class=\"badline\"");
    };
    const TimelineSpan failure{.begin = 3, .end = 4, .text = "failed"};
    TimelineSpan of_one = failure, of_all = failure, of_other = failure;
    of_one.pool = Pool::kL1, of_one.chips = {ChipId{1}};
    of_all.pool = Pool::kDram;
    of_other.pool = Pool::kTrace;
    EXPECT_EQ(crosses(of_one), 1u);
    EXPECT_EQ(crosses(of_all), 2u) << "nobody knows of which chip";
    EXPECT_EQ(crosses(of_other), 0u) << "its pool has no curve";
    EXPECT_EQ(crosses(failure), 0u) << "its pool is not known";
}

TEST(TimelineSvg, SaysWhatOfTheRecordingItDraws) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (int i = 0; i < 500; ++i) maker.add(EventKind::kPlaceOpened);
    maker.free(maker.alloc(chip, Pool::kDram, 10));
    const Recording recording = maker.finish();
    const std::string part = picture_of(timeline_of(recording, kSvgSlots, DrawnTime::kUsed));
    EXPECT_NE(part.find("from the first allocation to the end of use. The whole: --from 0s."), std::string::npos);
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

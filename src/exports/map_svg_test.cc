#include "src/exports/map_svg.h"

#include <gtest/gtest.h>

#include "tests/support/sample_map.h"

namespace ttmem {
namespace {

std::string picture_of(const Snapshot& s) { return map_svg(s, maps_of(s)[0], {"title & more", "The verdict.", ""}); }

TEST(MapSvg, HasTheCoresTheGapAndTheNames) {
    const std::string svg = picture_of(sample_map());
    EXPECT_TRUE(svg.starts_with("<svg xmlns=")) << svg.substr(0, 100);
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
    EXPECT_NE(svg.find("<title id=\"title\">title &amp; more</title>"), std::string::npos);
    EXPECT_NE(svg.find("core (1,0): circular buffers to 4,000, L1 buffers from 4,256, gap 256 B"), std::string::npos);
    EXPECT_NE(svg.find(">gap: 256 B</text>"), std::string::npos);
    EXPECT_NE(svg.find(">matmul reaches to 4,000</text>"), std::string::npos);
    EXPECT_NE(svg.find("all_gather"), std::string::npos);
    EXPECT_NE(svg.find("without the block that splits it"), std::string::npos);
}

TEST(MapSvg, DrawsWhatIsTakenTwice) {
    MapMaker m;
    m.program("conv<1>", {MapMaker::cb(0, 1000, 4000)});
    m.block(Pool::kL1, 4500, 100);
    const std::string svg = picture_of(m.s);
    EXPECT_NE(svg.find(">taken twice: 500 B</text>"), std::string::npos);
    EXPECT_EQ(svg.find("conv<1>"), std::string::npos) << "foreign names are escaped";
}

TEST(MapSvg, DrawsWhatDidNotFitBesideWhatIsThere) {
    MapMaker m;
    m.program("matmul", {MapMaker::cb(0, 1000, 2000)});
    m.block(Pool::kL1, 4500, 100);
    const auto picture = [&](uint64_t end) {
        return map_svg(m.s, maps_of(m.s)[0], {"title", "The verdict.", "", end});
    };
    EXPECT_NE(picture(5000).find(">did not fit: circular buffers up to 5,000</text>"), std::string::npos);
    EXPECT_NE(picture(5000).find(">lacking: 500 B</text>"), std::string::npos);
    EXPECT_EQ(picture(4500).find("lacking"), std::string::npos);
}

TEST(MapSvg, StaysSmallWhateverLies) {
    MapMaker m;
    for (uint64_t i = 0; i < 20'000; ++i) m.block(Pool::kDram, 4 * i, 2);
    for (uint64_t i = 0; i < 60; ++i) m.block(Pool::kL1, 2000 + 100 * i, 50);
    const std::string svg = picture_of(m.s);
    EXPECT_LT(svg.size(), 400'000u);
    EXPECT_NE(svg.find("of 20,000 blocks is drawn"), std::string::npos);
    EXPECT_NE(svg.find("smaller ones without a name"), std::string::npos);
}

}  // namespace
}  // namespace ttmem

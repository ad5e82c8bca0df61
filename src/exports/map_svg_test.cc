#include "src/exports/map_svg.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <string>

#include "src/base/text.h"
#include "tests/support/sample_map.h"
#include "tests/support/svg_texts.h"

namespace ttmem {
namespace {

using Words = std::vector<std::string>;

std::string picture_of(const Snapshot& s, std::optional<uint64_t> clash_end = {}) {
    return map_svg(s, maps_of(s)[0], {"title & more", "The verdict.", "", clash_end});
}

// So many circular buffers of `bytes` each, from the base up.
std::vector<CircularBuffer> thin_cbs(uint8_t count, uint64_t bytes) {
    std::vector<CircularBuffer> buffers;
    for (uint8_t i = 0; i < count; ++i) buffers.push_back(MapMaker::cb(i, MapMaker::kBase + i * bytes, bytes));
    return buffers;
}

TEST(MapSvg, HasTheCoresTheGapAndTheNames) {
    const std::string svg = picture_of(sample_map());
    EXPECT_TRUE(svg.starts_with("<svg xmlns=")) << svg.substr(0, 100);
    EXPECT_TRUE(svg.ends_with("</svg>\n"));
    EXPECT_NE(svg.find("<title id=\"title\">title &amp; more</title>"), std::string::npos);
    EXPECT_NE(svg.find("core (1,0): circular buffers to 4,000, L1 buffers from 4,256, gap 256 B"), std::string::npos);
    EXPECT_TRUE(svg_has(svg, "gap: 256 B"));
    EXPECT_TRUE(svg_has(svg, "matmul reaches to 4,000"));
    EXPECT_TRUE(svg_has(svg, "CB 0: 1.95 KiB"));
    EXPECT_TRUE(svg_has(svg, "4,256")) << "the addresses that matter stand beside the core";
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

TEST(MapSvg, ABankHasItsAddressesAndNames) {
    const std::string svg = picture_of(sample_map());
    EXPECT_TRUE(svg_has(svg,
                        "dram, each of 2 banks: 57.5 KiB of 97.7 KiB free, 38.0 KiB in one piece, 57.6 KiB without the "
                        "block that splits it"));
    EXPECT_TRUE(svg_has(svg, "kv_cache at 32: 39.1 KiB"));
    EXPECT_TRUE(svg_has(svg, "splits it: all_gather at 60,000: 64 B"));
    EXPECT_TRUE(svg_has(svg, "linear at 99,000: 1.01 KiB"));
    EXPECT_TRUE(svg_has(svg, "48.0 KiB")) << "a round address in the middle";
}

TEST(MapSvg, NeighborsInABankThatAreTooCloseHaveOneName) {
    MapMaker m;
    for (uint64_t i = 0; i < 20; ++i) m.block(Pool::kDram, 64 + 100 * i, 50, m.text("layer" + std::to_string(i)));
    m.block(Pool::kDram, 80'000, 50, m.text("cache"));
    const std::string svg = picture_of(m.s);
    EXPECT_TRUE(svg_has(svg, "20 tensor blocks from 64, layer0 and 19 more owners: 1000 B"));
    EXPECT_TRUE(svg_has(svg, "splits it: cache at 80,000: 50 B"));
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

TEST(MapSvg, FoldsThinCircularBuffersIntoOneNameAndListsThem) {
    MapMaker m;
    m.program("matmul", thin_cbs(12, 100));
    m.block(Pool::kL1, 4500, 100);
    const std::string svg = picture_of(m.s);
    EXPECT_TRUE(svg_has(svg, "12 circular buffers, 1.17 KiB"));
    EXPECT_TRUE(svg_has(svg, "Circular buffers of matmul there, lowest first:"));
    EXPECT_TRUE(svg_has(svg, "CB 11: 100 B"));
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

// They met, and were one bracket from the top of L1 to its base.
TEST(MapSvg, TheBracketOfAGapEndsBeforeThatOfTheCircularBuffersBegins) {
    MapMaker m;
    m.program("softmax", thin_cbs(12, 100));
    const std::string svg = picture_of(m.s);
    const std::regex upright(R"(<path d="M([\d.]+) ([\d.]+)L\1 ([\d.]+)\" class="line"/>)");
    std::map<double, double> brackets;  // from above to below, of those right of the core
    for (std::sregex_iterator at(svg.begin(), svg.end(), upright), end; at != end; ++at) {
        const double from = std::stod((*at)[2]), to = std::stod((*at)[3]);
        if (const double x = std::stod((*at)[1]); x > 560 && x < 570) brackets[from] = to;
    }
    ASSERT_EQ(brackets.size(), 2u) << svg;
    EXPECT_GT(brackets.rbegin()->first, brackets.begin()->second + 3);
}

TEST(MapSvg, FoldsThinBuffersOfAnOwnerButNotTheLowest) {
    MapMaker m;
    const uint32_t op = m.text("concat");
    for (uint64_t i = 0; i < 50; ++i) m.block(Pool::kL1, 2000 + 100 * i, 50, op);
    const std::string svg = picture_of(m.s);
    EXPECT_TRUE(svg_has(svg, "concat at 2,000: 50 B"));
    EXPECT_TRUE(svg_has(svg, "49 x concat from 2,100: 2.39 KiB"));
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

TEST(MapSvg, DrawsWhatACachedProgramLacks) {
    MapMaker m;
    m.program("conv<1>", {MapMaker::cb(0, 1000, 4000)});
    m.block(Pool::kL1, 4500, 100);
    const std::string svg = picture_of(m.s);
    EXPECT_TRUE(svg_has(svg, "lacking: 500 B"));
    EXPECT_TRUE(svg_has(svg, "does not fit: conv<1> up to 5,000"));
    EXPECT_EQ(svg.find("conv<1>"), std::string::npos) << "foreign names are escaped";
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

TEST(MapSvg, DrawsWhatDidNotFitBesideWhatIsThere) {
    MapMaker m;
    m.program("matmul", {MapMaker::cb(0, 1000, 2000)});
    m.block(Pool::kL1, 4500, 100);
    EXPECT_TRUE(svg_has(picture_of(m.s, 5000), "did not fit: circular buffers up to 5,000"));
    EXPECT_TRUE(svg_has(picture_of(m.s, 5000), "lacking: 500 B"));
    EXPECT_TRUE(svg_has(picture_of(m.s, 5000), "matmul reaches to 3,000, and fits")) << "what is there";
    EXPECT_EQ(svg_unreadable(picture_of(m.s, 5000)), Words{});
    EXPECT_EQ(picture_of(m.s, 4500).find("lacking"), std::string::npos);
}

TEST(MapSvg, SaysOnceWhatACachedProgramLacksThatWasRefused) {
    MapMaker m;
    m.program("conv", {MapMaker::cb(0, 1000, 4000)});
    m.block(Pool::kL1, 4500, 100);
    const std::vector<SvgText> texts = svg_texts(picture_of(m.s, 5000));
    EXPECT_EQ(std::ranges::count_if(texts, [](const SvgText& t) { return t.words == "lacking: 500 B"; }), 1);
    EXPECT_FALSE(std::ranges::any_of(texts, [](const SvgText& t) { return t.words.starts_with("did not fit"); }));
}

TEST(MapSvg, DrawsABufferThatDidNotFit) {
    MapMaker m;
    m.block(Pool::kL1, 4500, 6500);
    m.block(Pool::kDram, 32, 80'000);
    for (const auto& [pool, bytes] : {std::pair(Pool::kL1, uint64_t{4096}), {Pool::kDram, uint64_t{40'960}}}) {
        const std::string svg =
            map_svg(m.s, maps_of(m.s)[0], {"title", "The verdict.", "", {}, MapWords::Shortage{pool, bytes}});
        EXPECT_TRUE(svg_has(svg, "did not fit: " + human_bytes(bytes) + " in one piece"));
        EXPECT_TRUE(svg_has(svg, "asked for")) << "in the legend";
        EXPECT_EQ(svg_has(svg, "L1 of each core, low addresses below; empty is free."), pool == Pool::kL1)
            << "cores tell nothing of DRAM";
        EXPECT_EQ(svg_unreadable(svg), Words{});
    }
}

TEST(MapSvg, ABufferThatIsLargerThanThePictureStaysOpen) {
    MapMaker m;
    m.block(Pool::kL1, 4500, 6500);
    m.block(Pool::kDram, 32, 80'000);
    for (const auto& [pool, bytes, more] : {std::tuple(Pool::kL1, uint64_t{40'960}, ", drawn in part"),
                                            {Pool::kDram, uint64_t{409'600}, ", more than a bank has"}}) {
        const std::string svg =
            map_svg(m.s, maps_of(m.s)[0], {"title", "The verdict.", "", {}, MapWords::Shortage{pool, bytes}});
        EXPECT_TRUE(svg_has(svg, "did not fit: " + human_bytes(bytes) + " in one piece" + more));
        EXPECT_NE(svg.find("<path class=\"asked\""), std::string::npos);
        EXPECT_EQ(svg_unreadable(svg), Words{});
    }
}

TEST(MapSvg, ShortensNamesAndNotFigures) {
    MapMaker m;
    m.block(Pool::kL1, 4500, 6500, m.text(std::string(100, 'w')));
    const std::vector<SvgText> texts = svg_texts(picture_of(m.s));
    EXPECT_TRUE(std::ranges::any_of(texts, [](const SvgText& t) { return t.words.ends_with(" at 4,500: 6.35 KiB"); }));
}

TEST(MapSvg, SaysOnceThatBlocksAreInL1Small) {
    MapMaker m;
    const uint32_t conv = m.text("ttnn.conv2d");
    for (uint64_t i = 0; i < 16; ++i) m.block(Pool::kL1Small, MapMaker::kTop + 4 * i, 4, conv);
    const std::string svg = picture_of(m.s);
    EXPECT_TRUE(svg_has(svg, "16 x ttnn.conv2d from " + with_commas(MapMaker::kTop) + ": 64 B"));
    EXPECT_TRUE(svg_has(svg, "above the dashed line: L1_SMALL, " + human_bytes(MapMaker::kSmall)));
}

// Of a bank that may begin anywhere from 0 to 40,000 all addresses that may be its own, each where it is.
TEST(MapSvg, ABankWhoseBeginIsNotKnownHasTrueAddresses) {
    MapMaker m;
    m.block(Pool::kDram, 40'000, 20'000);
    const std::string svg = picture_of(m.s);
    EXPECT_TRUE(svg_has(svg, "0 B"));
    EXPECT_TRUE(svg_has(svg, "128 KiB"));
    m.s.processes[0].chips[0].chip.dram_base = 32;
    EXPECT_TRUE(svg_has(picture_of(m.s), "96.0 KiB"));
    EXPECT_FALSE(svg_has(picture_of(m.s), "0 B"));
    EXPECT_FALSE(svg_has(picture_of(m.s), "128 KiB"));
}

TEST(MapSvg, ALegendHasWhatIsDrawnAlone) {
    MapMaker m;
    m.block(Pool::kL1, 4500, 6500).persistent = true;
    const std::string svg = picture_of(m.s);
    EXPECT_TRUE(svg_has(svg, "persistent"));
    EXPECT_FALSE(svg_has(svg, "tensor") || svg_has(svg, "circular buffers"));
}

TEST(MapSvg, CanBeReadWhateverLies) {
    const std::string long_name = std::string(300, 'w') + " " + std::string(40, 'M'),
                      foreign = "\u8a00\u8449\u30c6\u30b9\u30c8";
    for (const std::string& name :
         {std::string(), std::string("op"), long_name, foreign + foreign + foreign + foreign}) {
        for (const uint64_t buffers : {0u, 1u, 7u, 40u, 300u}) {
            MapMaker m;
            m.program(name, thin_cbs(32, 70));
            m.program(name, {MapMaker::cb(0, 1000, 3000, {1, 1, 1, 1})});
            for (uint64_t i = 0; i < buffers; ++i) {
                const uint32_t op = m.text(name + std::to_string(i % 11));
                m.block(Pool::kL1, 4300 + 22 * i, 8 + i % 9, op);
                m.block(Pool::kDram, 64 + 331 * i, 32 * (1 + i % 9), op).persistent = i % 3 == 0;
            }
            for (const std::optional<uint64_t> end : {std::optional<uint64_t>(), {4301}, {9000}}) {
                const std::string svg = map_svg(m.s, maps_of(m.s)[0], {"of " + name, name + " peaked", name, end});
                EXPECT_EQ(svg_unreadable(svg), Words{}) << buffers << " of " << name.substr(0, 20);
            }
        }
    }
}

TEST(MapSvg, StaysSmallWhateverLies) {
    MapMaker m;
    for (uint64_t i = 0; i < 20'000; ++i) m.block(Pool::kDram, 4 * i, 2);
    for (uint64_t i = 0; i < 60; ++i) m.block(Pool::kL1, 2000 + 100 * i, 50);
    const std::string svg = picture_of(m.s);
    EXPECT_LT(svg.size(), 400'000u);
    EXPECT_NE(svg.find("of 20,000 blocks is drawn"), std::string::npos);
    EXPECT_EQ(svg_unreadable(svg), Words{});
}

}  // namespace
}  // namespace ttmem

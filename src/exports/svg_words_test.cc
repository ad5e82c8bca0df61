#include "src/exports/svg_words.h"

#include <gtest/gtest.h>

#include "src/exports/svg.h"

namespace ttmem {
namespace {

TEST(SvgByteTicks, AreRoundFewAndEndWithTheNumbers) {
    EXPECT_EQ(svg_byte_ticks(0, 1000, 4), (std::vector<uint64_t>{0, 256, 512, 768}));
    EXPECT_EQ(svg_byte_ticks(100, 1000, 4), (std::vector<uint64_t>{256, 512, 768}));
    EXPECT_EQ(svg_byte_ticks(7, 7, 4), (std::vector<uint64_t>{7}));
    EXPECT_LE(svg_byte_ticks(0, UINT64_MAX, 4).size(), 5u);
    EXPECT_LE(svg_byte_ticks(UINT64_MAX, UINT64_MAX, 4).size(), 1u);
}

TEST(SvgWords, TakeTheRoomOfTheirLettersAndFont) {
    EXPECT_LT(svg_width("iiii", "ink"), svg_width("mmmm", "ink"));
    EXPECT_LT(svg_width("core", "ink"), svg_width("core", "strong"));
    EXPECT_LT(svg_width("core", "strong"), svg_width("core", "head"));
    EXPECT_EQ(svg_width("\xff", "ink"), svg_width("\\xff", "ink")) << "as it is written";
}

TEST(SvgWords, AreBrokenBetweenWordsAndNeverWiderThanTheirLine) {
    const std::string words = "A program of `ttnn.conv2d` did not fit: its circular buffers were to reach to 850,720.";
    const std::vector<std::string> lines = svg_lines(words, 300, 9, "head");
    EXPECT_GT(lines.size(), 2u);
    std::string whole;
    for (const std::string& line : lines) {
        EXPECT_LE(svg_width(line, "head"), 300) << line;
        whole += (whole.empty() ? "" : " ") + line;
    }
    EXPECT_EQ(whole, words);
}

TEST(SvgWords, AreCutWithinAWordOrAtTheEndOnlyWhereThereIsNoOtherWay) {
    const std::string name(200, 'M');
    for (const size_t most : {1u, 2u, 9u}) {
        const std::vector<std::string> lines = svg_lines("of " + name, 400, most, "ink");
        ASSERT_LE(lines.size(), most);
        for (const std::string& line : lines) EXPECT_LE(svg_width(line, "ink"), 400) << line;
        EXPECT_EQ(lines.back().ends_with("..."), most < 9) << lines.back();
    }
}

TEST(SvgWords, AreShortenedInTheMiddleBetweenCharacters) {
    EXPECT_EQ(svg_shortened("softmax", 100, "ink"), "softmax");
    std::string name;
    for (int i = 0; i < 100; ++i) name += "\u8a00";
    const std::string shortened = svg_shortened(name, 100, "ink");
    EXPECT_LE(svg_width(shortened, "ink"), 100);
    EXPECT_NE(shortened.find("..."), std::string::npos);
    EXPECT_EQ((shortened.size() - 3) % 3, 0u) << "whole characters";
    EXPECT_TRUE(svg_shortened("kernels_begin_and_the_end", 100, "ink").ends_with("nd"));
}

}  // namespace
}  // namespace ttmem

#include "src/exports/svg_labels.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "src/exports/svg_words.h"

namespace ttmem {
namespace {

TEST(SvgLabels, StayWhereTheyBelongWhereThereIsRoom) {
    EXPECT_EQ(svg_spread({10, 50, 90}, 17, 0, 100), (std::vector<double>{10, 50, 90}));
    EXPECT_EQ(svg_spread({}, 17, 0, 100), std::vector<double>{});
}

TEST(SvgLabels, MoveApartToBothSidesOfWhereTheyBelong) {
    EXPECT_EQ(svg_spread({50, 50, 50}, 10, 0, 100), (std::vector<double>{40, 50, 60}));
    EXPECT_EQ(svg_spread({0, 1, 2}, 10, 0, 100), (std::vector<double>{0, 10, 20})) << "none before the first place";
    EXPECT_EQ(svg_spread({98, 99, 100}, 10, 0, 100), (std::vector<double>{80, 90, 100}));
}

TEST(SvgLabels, BelowABarLieApartAndNotOverTheLinesOfOthers) {
    std::vector<BarLabel> labels;
    for (const double at : {24.0, 30.0, 200.0, 210.0, 220.0, 900.0, 930.0, 936.0})
        labels.push_back({at, "weights of ttnn.linear at 1,048,576: 12.0 MiB"});
    const std::vector<PlacedLabel> placed = svg_below_bar(labels, 24, 936, 5);
    EXPECT_GE(placed.size(), 6u);
    for (const PlacedLabel& a : placed) {
        EXPECT_GE(a.left, 24);
        EXPECT_LE(a.right, 936);
        for (const PlacedLabel& b : placed) {
            if (a.label == b.label) continue;
            EXPECT_FALSE(a.row == b.row && a.left < b.right && b.left < a.right) << a.label << " over " << b.label;
            EXPECT_FALSE(a.row < b.row && b.at > a.left && b.at < a.right) << b.label << "'s line through " << a.label;
        }
    }
}

// The weights at the begin of a bank had no name, for the line of a small block beside them would have gone through it.
TEST(SvgLabels, BelowABarAllHaveTheirNameWhereTheirPlacesAreAllButOne) {
    std::vector<BarLabel> labels;
    for (const double at : {24.0, 24.5, 25.5, 29.0, 934.0, 935.0, 936.0})
        labels.push_back({at, "weights of ttnn.linear at 1,048,576: 12.0 MiB"});
    EXPECT_EQ(svg_below_bar(labels, 24, 936, 6).size(), labels.size());
}

TEST(SvgLabels, BelowABarAreShortenedOrLeftOutWhereThereIsNoRoom) {
    const std::vector<BarLabel> labels(9, {500, std::string(400, 'm')});
    const std::vector<PlacedLabel> placed = svg_below_bar(labels, 24, 936, 3);
    ASSERT_FALSE(placed.empty());
    EXPECT_LE(placed.size(), 3u);
    EXPECT_TRUE(std::ranges::any_of(placed, [](const auto& one) { return one.label == 0; }))
        << "the first has the choice";
    EXPECT_LE(svg_width(placed[0].words, "ink"), 608);
}

}  // namespace
}  // namespace ttmem

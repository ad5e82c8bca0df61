#include "src/views/text/chart.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

using Lines = std::vector<std::string>;

TEST(Chart, IsFilledFromBelow) {
    EXPECT_EQ(filled_curve({0, 1, 2, 4}, 4, 2, ChartForm::kAscii), (Lines{"   #", " .##"}));
    EXPECT_EQ(filled_curve({0, 2, 8, 16}, 16, 2, ChartForm::kBlocks), (Lines{"   █", " ▂██"}));
    EXPECT_EQ(filled_curve({8, 0, 4, 8}, 8, 2, ChartForm::kBraille), (Lines{"⡇⢸", "⡇⣿"}));
}

TEST(Chart, WhatIsNotNothingShows) {
    EXPECT_EQ(filled_curve({1, 0}, 1'000'000, 1, ChartForm::kBraille), (Lines{"⡀"}));
    EXPECT_EQ(filled_curve({UINT64_MAX}, UINT64_MAX, 1, ChartForm::kBlocks), (Lines{"█"}));
}

}  // namespace
}  // namespace ttmem

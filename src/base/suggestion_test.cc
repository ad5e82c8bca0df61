#include "src/base/suggestion.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

const std::vector<std::string> kWords = {"status", "ps", "buffers", "leaks", "run"};

TEST(Nearest, OneOrTwoSlipsAreForgiven) {
    EXPECT_EQ(nearest("statsu", kWords), "status");  // swapped
    EXPECT_EQ(nearest("bufers", kWords), "buffers");
    EXPECT_EQ(nearest("leak", kWords), "leaks");
    EXPECT_EQ(nearest("sp", kWords), "ps");
}

TEST(Nearest, ABeginningIsEnough) {
    EXPECT_EQ(nearest("buf", kWords), "buffers");
    EXPECT_EQ(nearest("leak", {"peak", "leaks"}), "leaks");
}

TEST(Nearest, WhatIsFarAwayIsNotGuessed) {
    EXPECT_EQ(nearest("memory", kWords), "");
    EXPECT_EQ(nearest("x", kWords), "");
    EXPECT_EQ(nearest("", kWords), "");
}

}  // namespace
}  // namespace ttmem

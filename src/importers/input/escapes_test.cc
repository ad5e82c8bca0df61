#include "src/importers/input/escapes.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

TEST(Escapes, AreTakenOutOfALine) {
    EXPECT_EQ(without_escapes("\x1b[32m  Always\x1b[0m | text"), "  Always | text");
    EXPECT_EQ(without_escapes("^[[1;31ma\\x1b[0m b\\033[K \\u001b[mc"), "a b c");
    EXPECT_EQ(without_escapes("\x1b_bk;t=1700000000\aTT_FATAL"), "TT_FATAL");
    EXPECT_EQ(without_escapes("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\ end"), "link end");
}

TEST(Escapes, WhatIsNotWholeStays) {
    EXPECT_EQ(without_escapes("a ^ b \\x1 \x1b"), "a ^ b \\x1 \x1b");
    EXPECT_EQ(without_escapes("\x1b]no end\nline"), "\x1b]no end\nline");
    EXPECT_EQ(without_escapes("\x1b_" + std::string(400, 'a')).size(), 402u);
    EXPECT_EQ(without_escapes("\x1b[31"), "\x1b[31");
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/wrap.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

TEST(Wrapped, LinesGoOnBetweenWordsBehindAnIndentation) {
    EXPECT_EQ(wrapped("one two three four\nfive\n", {.width = 9}), "one two\n  three\n  four\nfive\n");
    EXPECT_EQ(wrapped("one two three", {.width = 9}, "..."), "one two\n...three");
}

TEST(Wrapped, WithoutAWidthNothingChanges) {
    const std::string text(300, 'a');
    EXPECT_EQ(wrapped(text + " b\n", {}), text + " b\n");
}

TEST(Wrapped, AWordThatIsWiderThanALineStaysWhole) {
    EXPECT_EQ(wrapped("see /a/path/that/is/long now", {.width = 10}), "see\n  /a/path/that/is/long\n  now");
    EXPECT_EQ(wrapped("/a/path/that/is/long now", {.width = 10}), "/a/path/that/is/long\n  now");
}

TEST(Wrapped, ColoursTakeNoRoomAndCharactersCountOnce) {
    EXPECT_EQ(wrapped("\x1b[33mab\x1b[0m cd ef", {.width = 5}), "\x1b[33mab\x1b[0m cd\n  ef");
    EXPECT_EQ(wrapped("\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6 x", {.width = 5}), "\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6\n  x");
}

TEST(Wrapped, IndentedLinesKeepTheirBlanks) {
    EXPECT_EQ(wrapped("  one two three", {.width = 9}, "    "), "  one two\n    three");
}

}  // namespace
}  // namespace ttmem

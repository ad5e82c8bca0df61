#include "src/importers/input/plain_spaces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace ttmem {
namespace {

std::string read_by(const std::string& text, size_t step) {
    const ByteReader read = with_plain_spaces([&text, given = size_t{0}, step](char* to, size_t size) mutable {
        const size_t part = std::min({size, step, text.size() - given});
        text.copy(to, part, given);
        given += part;
        return Result<size_t>(part);
    });
    std::string all;
    char piece[7];
    while (true) {
        const Result<size_t> got = read(piece, sizeof piece);
        if (!got || *got == 0) return all;
        all.append(piece, *got);
    }
}

TEST(PlainSpaces, TakeThePlaceOfThoseThatDoNotBreak) {
    EXPECT_EQ(with_plain_spaces(std::string("a\xc2\xa0\xc2\xa0[\xc3\xa9\xc2")), "a  [\xc3\xa9\xc2");
    EXPECT_EQ(with_plain_spaces(std::string("\xc2\xc2\xa0\xa0")), "\xc2 \xa0");
    EXPECT_EQ(with_plain_spaces(std::string()), "");
}

TEST(PlainSpaces, AreTheSameHoweverTheTextIsRead) {
    for (const std::string text : {"\xc2\xa0{\xc2\xa0\xc2\xa0\"a\": 1}\xc2", "\xc2\xa0", "\xc2", "", "plain"}) {
        for (const size_t step : {1u, 2u, 3u, 100u}) EXPECT_EQ(read_by(text, step), with_plain_spaces(text)) << step;
    }
}

}  // namespace
}  // namespace ttmem

#include <gtest/gtest.h>

#include "src/importers/input/byte_reader.h"
#include "src/importers/packed/unpack.h"

namespace ttmem {
namespace {

// Handed out a few bytes at a time, so that units are cut anywhere.
std::string unpacked(const std::string& bytes) {
    auto given = std::make_shared<size_t>(0);
    const Result<ByteReader> reader = unpack([bytes, given](char* to, size_t size) -> Result<size_t> {
        const size_t part = std::min<size_t>({size, 3, bytes.size() - *given});
        bytes.copy(to, part, *given);
        *given += part;
        return part;
    });
    std::string text;
    char piece[100];
    for (size_t got = 0; (got = (*reader)(piece, sizeof piece).value()) != 0;) text.append(piece, got);
    return text;
}

std::string wide(const std::u32string& text, Wide how, bool marked) {
    std::string bytes;
    const auto put = [&](uint32_t unit) {
        for (uint32_t i = 0; i < how.bytes; ++i)
            bytes += static_cast<char>(unit >> 8 * (how.big_endian ? how.bytes - 1 - i : i));
    };
    if (marked) put(0xfeff);
    for (const char32_t c : text) {
        if (how.bytes == 2 && c >= 0x10000) {
            put(0xd800 + ((c - 0x10000) >> 10));
            put(0xdc00 + ((c - 0x10000) & 0x3ff));
        } else {
            put(c);
        }
    }
    return bytes;
}

TEST(WideReader, Utf16AndUtf32WithAndWithoutTheirMarksAreTheSameText) {
    const std::u32string text = U"Out of Memory: Not enough space \u00e9 \u20ac \U0001f4a5 to allocate";
    for (const uint32_t bytes : {2u, 4u})
        for (const bool big_endian : {false, true})
            for (const bool marked : {false, true})
                EXPECT_EQ(unpacked(wide(text, {bytes, big_endian}, marked)),
                          "Out of Memory: Not enough space \u00e9 \u20ac \U0001f4a5 to allocate")
                    << bytes << big_endian << marked;
}

TEST(WideReader, WhatIsNoCharacterIsReplaced) {
    EXPECT_EQ(unpacked(std::string("\xff\xfe\0\0A\0\0\0\0\xd8\0\0\0\0\x11\0B\0", 18)), "A\ufffd\ufffd\ufffd");
    EXPECT_EQ(unpacked(std::string("\xff\xfe\0\xd8"
                                   "A\0\0\xdc"
                                   "B",
                                   9)),
              "\ufffdA\ufffd\ufffd");
    EXPECT_EQ(unpacked(std::string("\xff\xfe\0\0", 4)), "");
    EXPECT_EQ(unpacked(std::string("\xff\xfe", 2)), "");
}

}  // namespace
}  // namespace ttmem

#include "src/base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

#include "src/base/duration.h"

namespace ttmem {
namespace {

TEST(Text, FiguresAreGroupedByThousands) {
    EXPECT_EQ(with_commas(0), "0");
    EXPECT_EQ(with_commas(999), "999");
    EXPECT_EQ(with_commas(14716928), "14,716,928");
    EXPECT_EQ(with_commas(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(Text, SizesHaveThreeDigitsAndUnitsOf1024) {
    EXPECT_EQ(human_bytes(512), "512 B");
    EXPECT_EQ(human_bytes(24576), "24.0 KiB");
    EXPECT_EQ(human_bytes(1048575), "1.00 MiB");
    EXPECT_EQ(human_bytes(12884901888), "12.0 GiB");
    EXPECT_EQ(human_bytes(UINT64_MAX), "16.0 EiB");
}

TEST(Text, SizesAreReadWithUnitsOf1024AndOf1000) {
    EXPECT_EQ(parse_bytes("77"), 77u);
    EXPECT_EQ(parse_bytes("12K"), 12288u);
    EXPECT_EQ(parse_bytes("1.5MiB"), 1572864u);
    EXPECT_EQ(parse_bytes("10kB"), 10000u);
    for (const char* wrong : {"", "-1", "nan", "3 apples", "1e40", "K"}) EXPECT_FALSE(parse_bytes(wrong)) << wrong;
}

TEST(Text, NumbersAreDecimalOrHexadecimal) {
    EXPECT_EQ(parse_number("1073737728"), 1073737728u);
    EXPECT_EQ(parse_number("0x3FFFF000"), 1073737728u);
    for (const char* wrong : {"", "0x", "12z", "-3", "18446744073709551616"})
        EXPECT_FALSE(parse_number(wrong)) << wrong;
}

TEST(Text, DurationsHaveThreeDigitsOrTwoUnitsAndAreRounded) {
    EXPECT_EQ(human_duration(0), "0 s");
    EXPECT_EQ(human_duration(1500), "2 us");
    EXPECT_EQ(human_duration(999'900), "1 ms");
    EXPECT_EQ(human_duration(12'340'000), "12.3 ms");
    EXPECT_EQ(human_duration(12'000'000), "12 ms");
    EXPECT_EQ(human_duration(999'700'000), "1 s");
    EXPECT_EQ(human_duration(1'680'000'000), "1.68 s");
    EXPECT_EQ(human_duration(4'799'999'999), "4.8 s");
    EXPECT_EQ(human_duration(59'960'000'000), "1 min 0 s");
    EXPECT_EQ(human_duration(125'000'000'000), "2 min 5 s");
    EXPECT_EQ(human_duration(3'599'600'000'000), "1 h 0 min");
    EXPECT_EQ(human_duration(15'000'000'000'000), "4 h 10 min");
    EXPECT_EQ(human_duration(86'390'000'000'000), "1 d 0 h");
}

TEST(Text, DurationsThatArePrintedAreTaken) {
    for (const int64_t duration : {0L, 20'000L, 12'300'000L, 733'000'000L, 1'680'000'000L, 4'800'000'000L,
                                   59'900'000'000L, 125'000'000'000L, 15'000'000'000'000L, 360'000'000'000'000L})
        EXPECT_EQ(duration_from_text(human_duration(duration)), duration) << human_duration(duration);
    EXPECT_EQ(duration_from_text("1.6"), 1'600'000'000);
    EXPECT_EQ(duration_from_text("1m30s"), 90'000'000'000);
    EXPECT_EQ(duration_from_text("1h30"), 3'630'000'000'000);
    EXPECT_EQ(duration_from_text(" 0.5 ms "), 500'000);
    EXPECT_EQ(duration_from_text(".25s"), 250'000'000);
    EXPECT_EQ(duration_from_text("0.333333333333333333333333s"), 333'333'333);
    for (const char* wrong : {"", " ", "s", "-1s", "1.2.3s", "1 x", "1s x", ".", "99999d", "1e3", "1 s +2 s"})
        EXPECT_EQ(duration_from_text(wrong), std::nullopt) << wrong;
}

TEST(Text, ExactDurationsAreTakenBack) {
    EXPECT_EQ(exact_duration(0), "0 s");
    EXPECT_EQ(exact_duration(117), "0.117 us");
    EXPECT_EQ(exact_duration(1'680'000'017), "1.680000017 s");
    EXPECT_EQ(exact_duration(848'050'000), "848.05 ms");
    EXPECT_EQ(exact_duration(125'250'000'000), "2 min 5.25 s");
    EXPECT_EQ(exact_duration(15'000'000'000'001), "4 h 10 min 0.000000001 s");
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        const auto duration = static_cast<int64_t>(random() >> (11 + random() % 52)) % 86'000'000'000'000'000;
        EXPECT_EQ(duration_from_text(exact_duration(duration)), duration);
    }
    for (const int64_t duration :
         {0L, 20'000L, 12'300'000L, 1'680'000'000L, 125'000'000'000L, 15'000'000'000'000L, 360'000'000'000'000L})
        EXPECT_EQ(exact_duration(duration), human_duration(duration)) << "what three digits tell has no more";
}

TEST(Text, OfTheTimesInAStretchTheShortestIsTold) {
    EXPECT_EQ(shortest_time_in(1'681'432'117, INT64_MAX), 1'690'000'000);
    EXPECT_EQ(shortest_time_in(1'681'432'117, 1'690'000'000), 1'682'000'000);
    EXPECT_EQ(shortest_time_in(1'681'432'117, 1'681'432'118), 1'681'432'117);
    EXPECT_EQ(shortest_time_in(1'680'000'000, 1'680'000'001), 1'680'000'000);
    EXPECT_EQ(shortest_time_in(7'201'000'000'000, 7'203'000'000'000), 7'201'000'000'000);
    std::mt19937_64 random(8);
    for (int i = 0; i < 20'000; ++i) {
        const auto from = static_cast<int64_t>(random() >> (11 + random() % 52));
        const int64_t until = from + 1 + static_cast<int64_t>(random() >> (11 + random() % 52));
        const int64_t told = shortest_time_in(from, until);
        EXPECT_GE(told, from);
        EXPECT_LT(told, until);
        EXPECT_EQ(shortest_time_in(told, until), told) << "what was taken back is told again";
    }
}

TEST(Text, TimesAreRfc3339InUtc) {
    EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(-1'000'000), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(rfc3339_of_event(0, 1'000), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(rfc3339_of_event(1'000'000'001, 1'000'001'000), "1970-01-01T00:00:01.000000Z");
    EXPECT_EQ(rfc3339_of_event(1'000'000'001, 1'000'000'999), "1970-01-01T00:00:01.0000000Z");
    EXPECT_EQ(rfc3339_of_event(1'000'000'001, 1'000'000'002), "1970-01-01T00:00:01.000000001Z");
    EXPECT_EQ(rfc3339_of_event(1'000'000'001, INT64_MAX, 3), "1970-01-01T00:00:01.000Z");
}

TEST(Text, ForeignBytesCannotSteerATerminal) {
    EXPECT_EQ(printable("kv cache äö"), "kv cache äö");
    EXPECT_EQ(printable("\x1b[31mred\n"), "\\x1b[31mred\\x0a");
    EXPECT_EQ(printable("\xc2\x9b"
                        "2J"),
              "\\xc2\\x9b2J");
    EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
}

TEST(Text, WhatIsNotGraphicIsEscaped) {
    const std::vector<std::pair<const char*, const char*>> cases = {
        {"\u202e", "\\xe2\\x80\\xae"},           // right-to-left override
        {"\u2066", "\\xe2\\x81\\xa6"},           // isolate
        {"\u200b", "\\xe2\\x80\\x8b"},           // zero width space
        {"\ufeff", "\\xef\\xbb\\xbf"},           // byte order mark
        {"\u2028", "\\xe2\\x80\\xa8"},           // line separator
        {"\ue000", "\\xee\\x80\\x80"},           // private use
        {"\U000e0041", "\\xf3\\xa0\\x81\\x81"},  // tag
        {"\u0378", "\\xcd\\xb8"},                // not assigned
        {"\u00ad", "\\xc2\\xad"}};               // soft hyphen
    for (const auto& [text, escaped] : cases) EXPECT_EQ(printable(text), escaped);
    for (const char* text : {"\u4e2d\u6587", "\u0645", "\U0001f600", "e\u0301", "\u00a0"})
        EXPECT_EQ(printable(text), text);
}

TEST(Text, ControlsInJsonAreEscaped) {
    EXPECT_EQ(escaped_controls("\"a\xc2\x9b"
                               "2J\x7f\xc3\xa4\xc2\xa0\""),
              "\"a\\u009b2J\\u007f\xc3\xa4\xc2\xa0\"");
    EXPECT_EQ(escaped_controls("\"\u202etxt\u200b\U000e0041\U0001f600\"\n"),
              "\"\\u202etxt\\u200b\\udb40\\udc41\U0001f600\"\n");
    EXPECT_EQ(escaped_controls("{\n  \"a\": 1\n}"), "{\n  \"a\": 1\n}");
}

TEST(Text, ForeignBytesBecomeValidUtf8) {
    EXPECT_EQ(valid_utf8("a\xff"
                         "b"),
              "a\xef\xbf\xbd"
              "b");
    EXPECT_EQ(valid_utf8("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_EQ(valid_utf8("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
}

TEST(Text, IdsGoThroughHexAndBack) {
    const auto id = (static_cast<unsigned __int128>(0x0123456789abcdef) << 64) | 0xfedcba9876543210;
    EXPECT_EQ(hex128(id), "0123456789abcdeffedcba9876543210");
    EXPECT_EQ(parse_hex128(hex128(id)), id);
    EXPECT_FALSE(parse_hex128("0123"));
    EXPECT_FALSE(parse_hex128(std::string(31, '0') + "g"));
}

}  // namespace
}  // namespace ttmem

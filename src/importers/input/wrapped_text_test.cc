#include "src/importers/input/wrapped_text.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

constexpr std::string_view kPattern = "needs # B of @ now";

void expect_found(std::string_view bytes) {
    const WrappedMatch match = match_wrapped(bytes, kPattern);
    ASSERT_TRUE(match.whole) << bytes << "\nstopped at byte " << match.end << ", \"" << match.text << "\"";
    EXPECT_EQ(match.numbers, std::vector<uint64_t>{1024}) << bytes;
    EXPECT_EQ(match.words, std::vector<std::string>{"L1_SMALL"}) << bytes;
    EXPECT_EQ(match.text, "needs 1024 B of L1_SMALL now") << bytes;
}

TEST(WrappedText, MatchesWhatIsNotWrapped) {
    expect_found("needs 1024 B of L1_SMALL now");
    expect_found("needs 1024 B of L1_SMALL now, and more");
}

TEST(WrappedText, SeesThroughLineBreaks) {
    expect_found("needs\n1024 B of L1_SMALL now");
    expect_found("needs 1024\r\nB of L1_SMALL now");
    expect_found("needs 1024 B of L1_SMALL\n        now");
    expect_found("needs 1024 B of \n\n L1_SMALL now");
}

TEST(WrappedText, SeesThroughBreaksInTheMiddleOfWordsAndNumbers) {
    expect_found("nee\nds 1024 B of L1_SMALL now");
    expect_found("needs 10\n24 B of L1_SMALL now");
    expect_found("needs 1024 B of L1_S\nMALL now");
    expect_found("needs 1024 B of L1_SMALL n\now");
}

TEST(WrappedText, SeesThroughThePrefixesOfLoggersAndRunners) {
    expect_found("needs\n2026-01-20 10:11:12.123 | critical |          Always | 1024 B of L1_SMALL now");
    expect_found("needs 1024 B\n2026-01-20T10:11:12.1234567Z of L1_SMALL now");
    expect_found("needs 1024 B of\n[1,3]<stdout>:L1_SMALL now");
    expect_found("needs 1024 B of\nE       L1_SMALL now");
    expect_found("needs 1024 B\n> of L1_SMALL\n> now");
    expect_found("needs 1024 B\n12:30:01 worker-1  | of L1_SMALL now");
    expect_found("needs 1024 B\n[rank0]: of L1_SMALL now");
}

TEST(WrappedText, SeesThroughColoursAfterThePrefixOfALine) {
    expect_found("needs 10\x1b[0m\nmodel-1  | \x1b[31m24 B of L1_SMALL now");
    expect_found("needs 1024 B\n\x1b[36m(RayWorker pid=9, ip=10.0.0.2)\x1b[0m of L1_SMALL now");
}

TEST(WrappedText, GoesOnWithANumberAfterTheMarkOfARank) {
    const WrappedMatch match =
        match_wrapped("needs 10\n[1,0]<stdout>:24 B of L1_SMALL now", kPattern, "[1,0]<stdout>:");
    ASSERT_TRUE(match.whole);
    EXPECT_EQ(match.numbers, std::vector<uint64_t>{1024});
}

TEST(WrappedText, TakesNoNumberOutOfThePrefixOfALine) {
    const WrappedMatch match = match_wrapped("ends at 1024\nERROR 06-24 19:34:13 [engine.py:163] after", "ends at &",
                                             "ERROR 06-24 19:34:13 [engine.py:163] ");
    EXPECT_FALSE(match.whole);
}

TEST(WrappedText, TakesTheMarkOfPytestForNoWord) {
    const WrappedMatch match = match_wrapped("of\nE       L1 now", "of @");
    EXPECT_EQ(match.words, std::vector<std::string>{"L1"});
}

TEST(WrappedText, SeesCoresThroughLineBreaks) {
    for (const char* text :
         {"on cores {[0-0 - 7-7]} in 12", "on cores {[0-0\x1b[0m - 7-7]} in 12", "on cores {[0-0 -\n7-7]} in 12",
          "on cores {[0-0 - 7-7]}\nin 12", "on cores {[0-\n0 - 7-7]} in 12", "on cores {[0-0\n- 7-7]}\nin 12"}) {
        const WrappedMatch match = match_wrapped(text, "on cores $ in #");
        ASSERT_TRUE(match.whole) << text;
        EXPECT_EQ(match.words, std::vector<std::string>{"{[0-0 - 7-7]}"}) << text;
    }
    for (const char* text :
         {"on cores {[(x=0,y=0) - (x=7,y=7)],\n##[error][(x=0,y=8) - (x=1,y=8)]} in 12",
          "on cores {[(x=0,y=0) -\n##[error](x=7,y=7)], [(x=0,\n##[error]y=8) - (x=1,y=8)]} in 12"}) {
        const WrappedMatch match = match_wrapped(text, "on cores $ in #", "##[error]");
        ASSERT_TRUE(match.whole) << text;
        EXPECT_EQ(match.words, std::vector<std::string>{"{[(x=0,y=0) - (x=7,y=7)], [(x=0,y=8) - (x=1,y=8)]}"}) << text;
    }
    EXPECT_EQ(match_wrapped("on core 3-4 after", "on core $ after").words, std::vector<std::string>{"3-4"});
    EXPECT_FALSE(match_wrapped("on cores that nobody knows in 12", "on cores $ in #").whole);
    EXPECT_FALSE(match_wrapped("on cores {} in 12", "on cores $ in #").whole);  // of source code
}

TEST(WrappedText, ReadsAListOfAllCoresOfAChip) {
    std::string cores = "{";
    for (int i = 0; i < 130; ++i) {
        const std::string core = "(x=" + std::to_string(i % 13) + ",y=" + std::to_string(i / 13) + ")";
        cores += std::string(i == 0 ? "" : ", ") + "[" + core + " - " + core + "]";
    }
    cores += "}";
    const WrappedMatch match = match_wrapped("on cores " + cores + " in [1, 2)", "on cores $ in [#, #)");
    ASSERT_TRUE(match.whole);
    EXPECT_EQ(match.words, std::vector<std::string>{cores});
}

TEST(WrappedText, SeesThroughQuotesBoxesAndEscapes) {
    expect_found("needs 1024 B \"\n  \"of L1_SMALL now");
    expect_found("needs 1024 B '\n'of L1_SMALL now");
    expect_found("needs 1024 B     \xe2\x94\x82\n\xe2\x94\x82 of L1_SMALL now  \xe2\x94\x82");
    expect_found("needs 1024 B\\nof L1_SMALL now");
    expect_found("needs 1024 B\\\\r\\\\nof L1_SMALL\\tnow");
}

TEST(WrappedText, SeesThroughColours) {
    expect_found("\x1b[31mneeds\x1b[0m 10\x1b[1m24 B of L1\x1b[38;5;208m_SMALL now");
    expect_found("needs ^[[32m1024^[[0m B of L1_SMALL now");
    expect_found("needs \\u001b[32m1024\\u001b[0m B of L1_SMALL now");
    expect_found("needs \\x1b[32m1024\\033[0m B of \\\\u001b[1mL1_SMALL now");
}

TEST(WrappedText, DoesNotGoOnBehindTheWordsOfAnotherMessage) {
    const WrappedMatch match = match_wrapped("needs\nsomebody else needs 7 B of DRAM now", kPattern);
    EXPECT_FALSE(match.whole);
    EXPECT_TRUE(match.numbers.empty());
    EXPECT_FALSE(match_wrapped("needs\n\n\n1024 B of L1_SMALL now", kPattern).whole);
}

TEST(WrappedText, SaysHowFarItGot) {
    const WrappedMatch match = match_wrapped("needs 1024 B of L1_SM", kPattern);
    EXPECT_FALSE(match.whole);
    EXPECT_EQ(match.text, "needs 1024 B of L1_SM");
    EXPECT_EQ(match.end, 21u);
    EXPECT_EQ(match_wrapped("other", kPattern).pattern_end, 0u);
}

TEST(WrappedText, TakesNoDateForTheNumberAtTheEnd) {
    constexpr std::string_view kEnd = "ends at #";
    EXPECT_EQ(match_wrapped("ends at 512", kEnd).numbers, std::vector<uint64_t>{512});
    EXPECT_EQ(match_wrapped("ends at 512.", kEnd).numbers, std::vector<uint64_t>{512});
    EXPECT_EQ(match_wrapped("ends at\n2026-01-20 10:11:12.123 | info | 512\n", kEnd).numbers,
              std::vector<uint64_t>{512});
    EXPECT_FALSE(match_wrapped("ends at\n2026-01-20\n", kEnd).whole);
    EXPECT_FALSE(match_wrapped("ends at 512abc", kEnd).whole);
}

TEST(WrappedText, GoesOnInTheNextLineOfJsonAndOfLogfmt) {
    const auto whole = [](std::string_view text, std::string_view head) {
        return match_wrapped(text, kPattern, head).whole;
    };
    EXPECT_TRUE(whole("needs 12\\n\",\"stream\":\"stderr\"}\n{\"log\":\"B of A now", "{\"log\":\"TT_FATAL: "));
    EXPECT_TRUE(whole("needs 12\",\"stream\":\"stderr\"}\n{\"log\":\"B of A now", "{\"log\":\""));
    EXPECT_TRUE(whole("needs 12\nlevel=error msg=B of A now", "level=error msg="));
    EXPECT_FALSE(whole("needs 12\nlevel=error msg=B of A now", ""));
    // Over no line of another: a string begins at the quote there, and does not end.
    EXPECT_FALSE(whole("needs 12\\n\"}\n{\"log\":\"another\"}\n{\"log\":\"B of A now", "{\"log\":\""));
    EXPECT_FALSE(whole("needs 12\\n\",\"stream\":\"stderr\"\n{\"log\":\"B of A now", ""));
}

TEST(WrappedText, RefusesNumbersThatDoNotFit) {
    EXPECT_TRUE(match_wrapped("needs 18446744073709551615 B of A now", kPattern).whole);
    EXPECT_FALSE(match_wrapped("needs 18446744073709551616 B of A now", kPattern).whole);
}

TEST(WrappedText, GivesUpOnTextMadeToTakeForever) {
    std::string hostile = "needs";
    for (int i = 0; i < 4000; ++i) hostile += "\n>| :";
    EXPECT_FALSE(match_wrapped(hostile, kPattern).whole);
    EXPECT_FALSE(match_wrapped("needs " + std::string(8000, '1'), kPattern).whole);
}

}  // namespace
}  // namespace ttmem

#include "src/views/tui/keys.h"

#include <gtest/gtest.h>

#include <random>

#include "src/views/tui/state.h"

namespace ttmem::tui {
namespace {

std::vector<Key> keys_of(std::string bytes, bool waited = true) { return take_keys(bytes, {}, waited); }

TEST(Keys, AreDecodedAsTerminalsSendThem) {
    EXPECT_EQ(keys_of("q"), (std::vector<Key>{{KeyKind::kCharacter, U'q'}}));
    EXPECT_EQ(keys_of("\x1b[A\x1bOB"), (std::vector<Key>{{KeyKind::kUp}, {KeyKind::kDown}}));
    EXPECT_EQ(keys_of("\x1b[5~\x1b[6~"), (std::vector<Key>{{KeyKind::kPageUp}, {KeyKind::kPageDown}}));
    EXPECT_EQ(
        keys_of("\x1bOP\x1b[17~\x1b[21~\x1b[[A"),
        (std::vector<Key>{
            {KeyKind::kFunction, 1}, {KeyKind::kFunction, 6}, {KeyKind::kFunction, 10}, {KeyKind::kFunction, 1}}));
    EXPECT_EQ(keys_of("\r\t\x1b[Z\x7f"),
              (std::vector<Key>{{KeyKind::kEnter}, {KeyKind::kTab}, {KeyKind::kBackTab}, {KeyKind::kBackspace}}));
    EXPECT_EQ(keys_of("\x1b[<0;12;3M\x1b[<64;1;1M"),
              (std::vector<Key>{{KeyKind::kClick, 0, 11, 2}, {KeyKind::kWheelUp, 0, 0, 0}}));
    EXPECT_EQ(keys_of("漢"), (std::vector<Key>{{KeyKind::kCharacter, U'漢'}}));
}

TEST(Keys, WaitForTheRestOfASequence) {
    std::string bytes = "\x1b[1";
    EXPECT_TRUE(take_keys(bytes, {}, false).empty());
    bytes += ";5C";
    EXPECT_EQ(take_keys(bytes, {}, false), (std::vector<Key>{{KeyKind::kRight}}));
    bytes = "\x1b";
    EXPECT_TRUE(take_keys(bytes, {}, false).empty());
    EXPECT_EQ(take_keys(bytes, {}, true), (std::vector<Key>{{KeyKind::kEscape}}));
}

TEST(Keys, OfThisTerminalComeFirst) {
    std::string bytes = "\x1bxU";
    EXPECT_EQ(take_keys(bytes, {{"\x1bxU", {KeyKind::kUp}}}, false), (std::vector<Key>{{KeyKind::kUp}}));
}

TEST(Keys, NeverHangOnWhatever) {
    std::mt19937 random(5);
    for (int turn = 0; turn < 2000; ++turn) {
        std::string bytes;
        for (size_t i = random() % 30; i > 0; --i) bytes += "\x1b[O<;~M19AZ\xff\xe6\xbc q"[random() % 17];
        take_keys(bytes, {{"\x1b[M", {KeyKind::kUnknown}}}, true);
        ASSERT_TRUE(bytes.empty());
    }
}

State pressed(State state, std::string bytes, const Shown& shown = {}) {
    for (const Key& key : take_keys(bytes, {}, true)) press(state, key, shown);
    return state;
}

TEST(Press, GoesToViewsByNumberAndTab) {
    EXPECT_EQ(pressed({}, "4").view, View::kTimeline);
    EXPECT_EQ(pressed({}, "\t\t").view, View::kPrograms);
    EXPECT_EQ(pressed({}, "\x1b[Z").view, View::kL1);
}

TEST(Press, TypesAFilterInWhichKeysAreLetters) {
    const State typed = pressed({}, "/qs\x7f");
    EXPECT_EQ(typed.filter, "q");
    EXPECT_TRUE(typed.typing);
    EXPECT_FALSE(pressed(typed, "\r").typing);
    EXPECT_EQ(pressed(typed, "\x1b").filter, "");
}

TEST(Press, StepsInTimeAndPausesThere) {
    Shown shown;
    shown.moments = 10;
    shown.moment = 9;
    shown.peak_moment = 4;
    EXPECT_EQ(pressed({}, "[", shown).moment, 8u);
    EXPECT_TRUE(pressed({}, "[", shown).paused);
    EXPECT_EQ(pressed({}, "{", shown).moment, 0u);
    EXPECT_EQ(pressed({}, "]", shown).moment, 9u);
    EXPECT_EQ(pressed({}, "P", shown).moment, 4u);
    EXPECT_FALSE(pressed(pressed({}, "P", shown), "n", shown).moment);
    EXPECT_EQ(pressed({}, " ", shown).moment, 9u);
    EXPECT_FALSE(pressed(pressed({}, " ", shown), " ", shown).paused);
}

TEST(Press, SortsByTheNextOrderAndReversesBetween) {
    Shown shown;
    shown.sorts = 2;
    EXPECT_TRUE(pressed({}, "s", shown).here().reversed);
    EXPECT_EQ(pressed({}, "ss", shown).here().sort, 1u);
    EXPECT_EQ(pressed({}, "ssss", shown).here().sort, 0u);
}

TEST(Press, KeepsTheSelectionWithinTheTable) {
    Shown shown;
    shown.rows = 5;
    shown.page = 2;
    EXPECT_EQ(pressed({}, "jjjjjjjjj", shown).here().selected, 4u);
    EXPECT_EQ(pressed({}, "jk kk", shown).here().selected, 0u);
    EXPECT_EQ(pressed({}, "\x1b[F", shown).here().selected, 4u);
    EXPECT_EQ(pressed({}, "\x1b[6~", shown).here().selected, 2u);
}

TEST(Press, QuitsWithQAndCtrlC) {
    for (const char32_t key : {U'q', char32_t{3}}) {
        State state;
        EXPECT_EQ(press(state, {KeyKind::kCharacter, key}, {}), Wish::kQuit);
    }
    State typing;
    typing.typing = true;
    EXPECT_EQ(press(typing, {KeyKind::kCharacter, 3}, {}), Wish::kQuit);
    EXPECT_EQ(press(typing, {KeyKind::kCharacter, U'q'}, {}), Wish::kNone);
}

}  // namespace
}  // namespace ttmem::tui

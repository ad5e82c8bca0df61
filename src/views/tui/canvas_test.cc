#include "src/views/tui/canvas.h"

#include <gtest/gtest.h>

#include <random>

#include "src/base/text.h"
#include "src/views/tui/paint.h"

namespace ttmem::tui {
namespace {

TEST(Canvas, ClipsWhatIsWrittenBeyondItsEdge) {
    Canvas canvas({5, 2});
    EXPECT_EQ(canvas.write(3, 0, "matmul"), 5u);
    EXPECT_EQ(canvas.write(0, 1, "matmul", {}, 3), 3u);
    EXPECT_EQ(canvas.write(0, 7, "matmul"), 0u);
    EXPECT_EQ(canvas.text(), "   ma\nmat\n");
}

TEST(Canvas, GivesWideCharactersTwoCellsAndLeavesOutTheOneThatIsCut) {
    Canvas canvas({5, 1});
    EXPECT_EQ(canvas.write(0, 0, "漢字漢"), 4u);
    EXPECT_TRUE(canvas.at(1, 0).covered);
    EXPECT_EQ(canvas.text(), "漢字\n");
}

TEST(Canvas, BlanksTheOtherHalfOfAWideCharacterThatIsWrittenOver) {
    Canvas canvas({4, 1});
    canvas.write(0, 0, "漢字");
    canvas.write(1, 0, "xy");
    EXPECT_EQ(canvas.text(), " xy\n");
    EXPECT_FALSE(canvas.at(3, 0).covered);
}

TEST(Canvas, ShowsAQuestionMarkForWhatHasNoCellOfItsOwn) {
    Canvas canvas({20, 1});
    canvas.write(0, 0, "e\xcc\x81|\x1b[2J|\xff|\xe2\x80\xae");
    EXPECT_EQ(canvas.text(), "e?|?[2J|\xef\xbf\xbd|?\n");
}

TEST(Fitted, CutsInTheMiddleAndNeverTakesMoreThanItMay) {
    EXPECT_EQ(fitted("matmul_program_with_bias", 16), "matmul_...h_bias");
    EXPECT_EQ(fitted("matmul", 6), "matmul");
    EXPECT_EQ(fitted("matmul", 3), "ma.");
    EXPECT_EQ(fitted("漢字漢字漢字", 9), "漢...字");
    EXPECT_EQ(fitted("matmul", 0), "");
}

TEST(Repaint, SaysNothingWhereNothingDiffers) {
    Canvas canvas({10, 2});
    canvas.write(0, 0, "same");
    EXPECT_EQ(repaint(&canvas, canvas, Colors::kMany), "");
}

TEST(Repaint, WritesOnlyTheCellsThatDifferWithinOneSynchronizedUpdate) {
    Canvas before({10, 2}), now({10, 2});
    before.write(0, 1, "dram 12%");
    now.write(0, 1, "dram 13%");
    EXPECT_EQ(repaint(&before, now, Colors::kNone), "\x1b[?2026h\x1b[2;7H\x1b[0m3\x1b[0m\x1b[?2026l");
}

TEST(Repaint, PaintsEverythingAfterAChangeOfSize) {
    Canvas before({10, 2}), now({8, 2});
    before.write(0, 0, "x");
    now.write(0, 0, "x");
    EXPECT_NE(repaint(&before, now, Colors::kNone).find("\x1b[2J"), std::string::npos);
}

TEST(Repaint, UsesNoColorWithoutColors) {
    Canvas canvas({10, 1});
    canvas.write(0, 0, "leaked", {.ink = Ink::kLeaked});
    EXPECT_EQ(repaint(nullptr, canvas, Colors::kNone).find("38;5"), std::string::npos);
    EXPECT_NE(repaint(nullptr, canvas, Colors::kMany).find("38;5"), std::string::npos);
}

TEST(Repaint, HasAPaletteForEachBackgroundAndOneWithoutColors) {
    Canvas canvas({4, 1});
    canvas.write(0, 0, "x", {.ink = Ink::kProgram});
    const std::string dark = repaint(nullptr, canvas, Colors::kMany, Theme::kDark);
    const std::string light = repaint(nullptr, canvas, Colors::kMany, Theme::kLight);
    EXPECT_NE(dark, light);
    EXPECT_NE(light.find("38;5"), std::string::npos);
    EXPECT_EQ(repaint(nullptr, canvas, Colors::kMany, Theme::kMono), repaint(nullptr, canvas, Colors::kNone));
    for (const Theme theme : {Theme::kDark, Theme::kLight, Theme::kMono}) {
        EXPECT_EQ(theme_from_name(theme_name(theme)), theme);
        EXPECT_NE(next_theme(theme), theme);
    }
    EXPECT_EQ(theme_from_name("grey"), std::nullopt);
    // Yellow and white, which no light background shows.
    for (size_t ink = 0; ink <= static_cast<size_t>(Ink::kUnknown); ++ink) {
        canvas.write(0, 0, "x", {.ink = static_cast<Ink>(ink)});
        const std::string few = repaint(nullptr, canvas, Colors::kFew, Theme::kLight);
        EXPECT_EQ(few.find(";33"), std::string::npos) << ink;
        EXPECT_EQ(few.find(";37"), std::string::npos) << ink;
    }
}

// A terminal as simple as can be: cursor, characters of one or two columns, and what repaint() sends.
class SmallTerminal {
public:
    explicit SmallTerminal(Size size) : canvas_(size) {}
    void obey(std::string_view bytes) {
        while (!bytes.empty()) {
            if (bytes.front() == '\x1b') {
                const size_t end = bytes.find_first_of("HJmhl", 2);
                ASSERT_NE(end, std::string_view::npos);
                if (bytes[end] == 'J') canvas_ = Canvas(canvas_.size());
                if (bytes[end] == 'H') move(std::string(bytes.substr(2, end - 2)));
                bytes.remove_prefix(end + 1);
                continue;
            }
            size_t length = 1;
            while (length < bytes.size() && (static_cast<unsigned char>(bytes[length]) & 0xc0) == 0x80) ++length;
            ASSERT_LT(row_, canvas_.size().rows);
            ASSERT_LT(column_, canvas_.size().columns);
            column_ = canvas_.write(column_, row_, bytes.substr(0, length));
            bytes.remove_prefix(length);
        }
    }
    std::string text() const { return canvas_.text(); }

private:
    void move(const std::string& place) {
        row_ = std::stoul(place) - 1;
        column_ = std::stoul(place.substr(place.find(';') + 1)) - 1;
    }
    Canvas canvas_;
    size_t column_ = 0, row_ = 0;
};

TEST(Repaint, ShowsOnATerminalWhatIsOnTheCanvasWhateverStoodThereBefore) {
    std::mt19937 random(7);
    const std::vector<std::string> pieces = {"matmul", " ", "漢", "字", "e\xcc\x81", "\x1b[31m",
                                             "\xff",   "▇", "⣿",  "é",  "🙂"};
    Canvas before({17, 4});
    SmallTerminal terminal(before.size());
    terminal.obey(repaint(nullptr, before, Colors::kMany));
    for (int turn = 0; turn < 500; ++turn) {
        Canvas now = turn % 7 == 0 ? Canvas(before.size()) : before;
        for (int i = 0; i < 3; ++i) {
            std::string text;
            for (int n = 0; n < 3; ++n) text += pieces[random() % pieces.size()];
            now.write(random() % 17, random() % 4, text, {.bold = random() % 2 == 0});
        }
        terminal.obey(repaint(&before, now, Colors::kMany));
        ASSERT_EQ(terminal.text(), now.text()) << turn;
        before = now;
    }
}

}  // namespace
}  // namespace ttmem::tui

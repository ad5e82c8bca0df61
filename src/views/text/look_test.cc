#include "src/views/text/look.h"

#include <gtest/gtest.h>

#include "src/views/text/table.h"

namespace ttmem {
namespace {

TEST(Look, BytesAreForPeopleOrExactAndUnknownIsADash) {
    EXPECT_EQ(Look{}.bytes(14716928), "14.0 MiB");
    EXPECT_EQ((Look{.exact_bytes = true}).bytes(14716928), "14,716,928");
    EXPECT_EQ(Look{}.bytes(std::optional<uint64_t>{}), "-");
}

TEST(Look, AFigureThatIsNotExactShowsBothBounds) {
    EXPECT_EQ(Look{}.bytes(Interval{1024, 1024}), "1.00 KiB");
    EXPECT_EQ(Look{}.bytes(Interval{1024, 2048}), "1.00 KiB..2.00 KiB");
    EXPECT_EQ(Look{}.bytes(Interval{1024, 1025}), ">= 1.00 KiB") << "two ends that look the same say less than one";
    EXPECT_EQ(Look{}.bytes(Interval{1024, UINT64_MAX}), ">= 1.00 KiB") << "nothing bounds it";
}

TEST(Look, ColourIsUsedOnlyWhenWanted) {
    EXPECT_EQ(Look{}.paint(Tone::kBad, "x"), "x");
    EXPECT_EQ((Look{.color = true}).paint(Tone::kBad, "x"), "\x1b[31mx\x1b[0m");
    EXPECT_EQ((Look{.color = true}).paint(Tone::kPlain, "x"), "x");
}

TEST(Percent, SmallSharesAreNotCalledNothing) {
    EXPECT_EQ(percent(0, 100), "0.0%");
    EXPECT_EQ(percent(1, 1000000), "<0.1%");
    EXPECT_EQ(percent(1, 4), "25.0%");
    EXPECT_EQ(percent(UINT64_MAX, 1000), ">999%");
    EXPECT_EQ(percent(1, 0), "-");
    EXPECT_EQ(percent(std::nullopt, 4), "-");
}

TEST(NameCell, LongNamesAreCutInTheMiddleAndNeverInACharacter) {
    EXPECT_EQ(name_cell("short"), "short");
    EXPECT_EQ(name_cell("0123456789abcdef", 10), "0123...def");
    EXPECT_EQ(name_cell("\x1b]0;evil\x07"), "\\x1b]0;evil\\x07");
    for (const char byte : name_cell("ääääääääää", 10)) EXPECT_NE(byte, '\x1b');
    EXPECT_EQ(name_cell("ääääääääää", 10), "ää...ä");
}

TEST(Table, ColumnsLineUpByCharactersAndUnusedOnesAreLeftOut) {
    Table table({{"NAME"}, {"SIZE", Align::kRight}, {"TAG", Align::kLeft, true}, {"END"}});
    table.add({"größe", "1", "", "x"});
    table.add({"ab", "1,000", "", ""});
    EXPECT_EQ(table.render({}),
              "NAME    SIZE  END\n"
              "größe      1  x\n"
              "ab     1,000\n");
}

TEST(Table, ANarrowTerminalShortensNamesBeforeItSparesColumnsAndSaysWhichItSpared) {
    Table table(
        {{"A"}, {.title = "NAME", .may_shorten = true}, {.title = "B", .spare = 1}, {.title = "C", .spare = 2}});
    table.add({"12345", "forward.layers.attention.matmul", "1234567", "123456"});
    EXPECT_EQ(table.render({.width = 48}),
              "A      NAME                      B        C\n"
              "12345  forward.lay...ion.matmul  1234567  123456\n");
    EXPECT_EQ(table.render({.width = 32}),
              "A      NAME              B\n"
              "12345  forward...matmul  1234567\n"
              "Columns left out at this width: C\n");
    EXPECT_EQ(table.render({.width = 10}),
              "A      NAME\n"
              "12345  forwar...atmul\n"
              "Columns left out at this width: B, C\n");
}

TEST(Table, AListIsCutAfterAWholeItem) {
    EXPECT_EQ(shortened_list("ttnn.add 55.0%, ttnn.mul 45.0%", 30), "ttnn.add 55.0%, ttnn.mul 45.0%");
    EXPECT_EQ(shortened_list("ttnn.add 55.0%, ttnn.mul 45.0%", 29), "ttnn.add 55.0%, ...");
    EXPECT_EQ(shortened_list("ttnn.softmax 55.0%, ttnn.mul 45.0%", 18), "ttnn....55.0%, ...");
    EXPECT_EQ(shortened_list("ttnn.add 100.0%", 14), "ttnn.a...00.0%");
}

TEST(Table, AFileOrAPipeHasEveryColumnInItsFullWidth) {
    Table table({{"A"}, {.title = "NAME", .may_shorten = true, .spare = 1}});
    table.add({"1", std::string(500, 'x')});
    EXPECT_NE(table.render({}).find(std::string(500, 'x')), std::string::npos);
}

TEST(Table, ColourDoesNotMoveColumns) {
    Table table({{"A"}, {"B"}});
    table.add({Cell("x", Tone::kBad), "y"});
    EXPECT_EQ(table.render({.color = true}), "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mx\x1b[0m  y\n");
}

}  // namespace
}  // namespace ttmem

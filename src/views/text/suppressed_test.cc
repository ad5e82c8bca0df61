#include "src/views/text/suppressed.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

TEST(SuppressedText, CountsWhatWasSuppressedAndByWhichLines) {
    const Suppressed suppressed{{"class:program", {2, 100, 2048}}, {"op:add", {3, 100, 1024}}};
    EXPECT_EQ(suppressed_line(suppressed, Over::kAllChips, {}),
              "5 suppressed, 3.00 KiB reserved on all chips together: 3 by op:add, 2 by class:program\n");
    EXPECT_EQ(suppressed_line({}, Over::kAllChips, {}), "");
}

TEST(SuppressedText, NamesAFewLinesAndCountsTheRest) {
    Suppressed suppressed;
    for (const char* line : {"op:a", "op:b", "op:c", "op:d", "op:e", "op:f"}) suppressed[line] = {1, 1, 1};
    const std::string text = suppressed_line(suppressed, Over::kOneChip, {});
    EXPECT_TRUE(text.starts_with("6 suppressed, 6 B reserved on this chip: 1 by op:a, ")) << text;
    EXPECT_TRUE(text.ends_with(", the rest by 2 other lines\n")) << text;
}

}  // namespace
}  // namespace ttmem

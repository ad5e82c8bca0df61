#include "src/analysis/leaks/suppressions.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(Suppressions, PatternsFitAsInLeakSanitizer) {
    EXPECT_TRUE(fits_pattern("ttnn.matmul", "matmul"));
    EXPECT_TRUE(fits_pattern("ttnn.matmul", "^ttnn.*mul$"));
    EXPECT_TRUE(fits_pattern("ttnn.matmul", "^ttnn.matmul$"));
    EXPECT_TRUE(fits_pattern("abc", "a*b*c"));
    EXPECT_TRUE(fits_pattern("abab", "^ab*ab$"));
    EXPECT_FALSE(fits_pattern("ttnn.matmul_2", "matmul$"));
    EXPECT_FALSE(fits_pattern("ttnn.matmul", "^matmul"));
    EXPECT_FALSE(fits_pattern("ab", "^a$"));
    EXPECT_FALSE(fits_pattern("aba", "^ab*ba$"));
    EXPECT_FALSE(fits_pattern("abc", "c*a"));
}

TEST(Suppressions, LinesSayWhatTheyAreAbout) {
    const Result<Suppressions> parsed =
        Suppressions::parse("# known\n\n  op:matmul\r\npool:l1_small\nclass:runtime\nleak:kv*\n", "a.supp");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->find("ttnn.matmul", "", "", Pool::kDram, AllocationClass::kTensor)->text, "op:matmul");
    EXPECT_EQ(parsed->find("", "matmul", "", Pool::kDram, AllocationClass::kTensor), nullptr);
    EXPECT_EQ(parsed->find("", "", "", Pool::kL1Small, AllocationClass::kTensor)->text, "pool:l1_small");
    EXPECT_EQ(parsed->find("", "", "", Pool::kL1, AllocationClass::kRuntime)->text, "class:runtime");
    EXPECT_EQ(parsed->find("", "kv_cache", "", Pool::kL1, AllocationClass::kTensor)->text, "leak:kv*");
}

TEST(Suppressions, OfAClassAreNotAboutWhatOutlivedItsHolder) {
    const Result<Suppressions> parsed = Suppressions::parse("class:program\nclass:trace\n", "a.supp");
    for (const AllocationClass its : {AllocationClass::kProgram, AllocationClass::kTrace}) {
        EXPECT_NE(parsed->find("", "", "", Pool::kDram, its, {.holder_ended = false}), nullptr);
        EXPECT_EQ(parsed->find("", "", "", Pool::kDram, its, {.holder_ended = true}), nullptr);
    }
}

TEST(Suppressions, ALineThatMeansNothingIsRefusedWithItsNumber) {
    const Result<Suppressions> parsed = Suppressions::parse("op:add\nmatmul\n", "a.supp");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().what, "a.supp:2 is no suppression");
    EXPECT_EQ(Suppressions::parse("pool:dramm", "a.supp").error().what, "a.supp:1 names no pool");
    EXPECT_EQ(Suppressions::parse("class:tensr", "a.supp").error().what, "a.supp:1 names no class");
}

// What a user forgot in a first iteration was taken for a table of ttnn.
TEST(Suppressions, TheBuiltInLineFitsTablesAlone) {
    const Suppressions lines = Suppressions::by_default();
    const auto fits = [&](std::string_view op, Suppressions::Kind kind) {
        return lines.find(op, "", "", Pool::kDram, AllocationClass::kTensor, kind) != nullptr;
    };
    const Suppressions::Kind table{.repeats = Repeats::kNo, .with_program = true};
    EXPECT_TRUE(fits("ttnn.max_pool2d", table));
    EXPECT_FALSE(fits("model.max_pool2d", table));
    EXPECT_FALSE(fits("ttnn.max_pool2d", {.repeats = Repeats::kYes, .with_program = true}));
    EXPECT_FALSE(fits("ttnn.max_pool2d", {.repeats = Repeats::kNo}));
    EXPECT_FALSE(fits("ttnn.max_pool2d", {.repeats = Repeats::kNo, .holder_ended = true, .with_program = true}));
    EXPECT_FALSE(fits("ttnn.max_pool2d", {.repeats = Repeats::kNo, .held = true, .with_program = true}));
}

TEST(Suppressions, TakeOutWhatTheyFitAndSayHowMuch) {
    const Snapshot snapshot = sample_snapshot();
    Selection selection = select(snapshot, {});
    const Result<Suppressions> parsed = Suppressions::parse("tag:kv_cache\ntag:kv\n", "a.supp");
    Suppressed suppressed;
    Selection too_few;
    const Repetitions none;
    parsed->take_out(snapshot, Once(snapshot, selection, none), selection, suppressed, too_few);
    EXPECT_EQ(selection.size(), snapshot.allocations.size() - 1);
    EXPECT_EQ(suppressed, (Suppressed{{"tag:kv_cache", Sum{1, 2 * 4194304, 2 * 4202496}}}));
}

}  // namespace
}  // namespace ttmem

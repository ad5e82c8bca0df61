#include "src/model/call_stack.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

class CallStacks : public testing::Test {
protected:
    uint32_t add(uint32_t caller, const std::string& file, uint32_t line, const std::string& function) {
        snapshot_.texts.push_back(file);
        snapshot_.texts.push_back(function);
        const auto texts = static_cast<uint32_t>(snapshot_.texts.size());
        return index_.find_or_add(snapshot_.stacks, {caller, texts - 2, texts - 1, line});
    }

    Snapshot snapshot_;
    StackIndex index_;
};

TEST_F(CallStacks, TheSameFrameHasTheSameNumber) {
    const StackFrame frame{0, 0, 0, 42};
    const uint32_t number = index_.find_or_add(snapshot_.stacks, frame);
    EXPECT_EQ(number, 1u);
    EXPECT_EQ(index_.find_or_add(snapshot_.stacks, frame), number);
    EXPECT_NE(index_.find_or_add(snapshot_.stacks, {number, 0, 0, 42}), number);
    EXPECT_EQ(snapshot_.stacks.size(), 3u);
}

TEST_F(CallStacks, AreToldFromTheInnermostFrameOn) {
    const uint32_t outer = add(0, "/home/me/main.py", 7, "<module>");
    const uint32_t inner = add(outer, "/home/me/model.py", 42, "forward");
    const std::vector<StackFrame> frames = frames_of(snapshot_, inner);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frame_words(snapshot_, frames[0]), "model.py:42 forward");
    EXPECT_EQ(frame_words(snapshot_, frames[1], true), "/home/me/main.py:7 <module>");
}

TEST_F(CallStacks, TheLineIsTheInnermostThatTheUserWrote) {
    uint32_t stack = add(0, "main.py", 7, "<module>");
    stack = add(stack, "/home/me/model.py", 42, "forward");
    stack = add(stack, "/venv/lib/python3.10/site-packages/ttnn/decorators.py", 300, "__call__");
    stack = add(stack, "/opt/share/ttmem/python/ttmem_ttnn.py", 80, "call");
    EXPECT_EQ(line_of(snapshot_, stack), "model.py:42 forward");
}

TEST_F(CallStacks, ThatEndAtTheSameLineHaveTheSameOne) {
    const uint32_t main = add(0, "main.py", 7, "<module>"), test = add(0, "test.py", 9, "<module>");
    snapshot_.texts.push_back("model.py");
    const auto file = static_cast<uint32_t>(snapshot_.texts.size() - 1);
    const uint32_t one = index_.find_or_add(snapshot_.stacks, {main, file, 0, 42});
    const uint32_t other = index_.find_or_add(snapshot_.stacks, {test, file, 0, 42});
    EXPECT_NE(one, other);
    EXPECT_EQ(user_frame(snapshot_, one), user_frame(snapshot_, other));
    EXPECT_NE(user_frame(snapshot_, one), user_frame(snapshot_, main));
    UserLines lines(snapshot_);
    EXPECT_EQ((std::vector{lines.of(one), lines.of(other), lines.of(main), lines.of(one), lines.of(0)}),
              (std::vector{one, one, main, one, 0u}));
}

// A helper makes everything: the line that called it tells whose it is.
TEST_F(CallStacks, ALineIsToldApartByItsCallerWhereAsked) {
    uint32_t stack = add(0, "main.py", 7, "<module>");
    stack = add(stack, "/venv/site-packages/ttnn/decorators.py", 3, "__call__");
    const uint32_t helper = add(stack, "model.py", 4, "make");
    EXPECT_EQ(caller_of(snapshot_, helper), "main.py:7 <module>");
    EXPECT_EQ(caller_of(snapshot_, stack), "");
    const StackFrame make = snapshot_.stacks[helper];
    const uint32_t other = add(0, "main.py", 9, "<module>");
    const uint32_t again = index_.find_or_add(snapshot_.stacks, {other, make.file, make.function, make.line});
    UserLines lines(snapshot_), apart(snapshot_, true);
    EXPECT_EQ(lines.of(again), lines.of(helper));
    EXPECT_NE(apart.of(again), apart.of(helper));
    EXPECT_EQ(apart.of(again), again);
}

TEST_F(CallStacks, OfALibraryAloneItIsTheInnermostOfAll) {
    const uint32_t stack = add(0, "/venv/site-packages/ttnn/__init__.py", 3, "<module>");
    EXPECT_EQ(line_of(snapshot_, stack), "__init__.py:3 <module>");
}

TEST_F(CallStacks, NoneHasNoLine) {
    EXPECT_EQ(line_of(snapshot_, 0), "");
    EXPECT_EQ(line_of(snapshot_, 99), "");
    EXPECT_TRUE(frames_of(snapshot_, 0).empty());
}

TEST_F(CallStacks, OfNoFunctionAndNoLineSayNeither) {
    snapshot_.texts.push_back("model.py");
    EXPECT_EQ(frame_words(snapshot_, {0, 1, 0, 0}), "model.py");
}

TEST_F(CallStacks, ThatAreVeryDeepOrLeadInACircleEnd) {
    for (uint32_t i = 0; i < 1000; ++i) snapshot_.stacks.push_back({i, 0, 0, 1});
    EXPECT_EQ(frames_of(snapshot_, 1000).size(), 64u);
    snapshot_.stacks = {{}, {2, 0, 0, 1}, {2, 0, 0, 2}};
    EXPECT_EQ(frames_of(snapshot_, 2).size(), 2u);
}

}  // namespace
}  // namespace ttmem

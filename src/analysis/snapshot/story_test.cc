#include "src/analysis/snapshot/story.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(PowerOfTwo, TheFormIsGivenOnlyWhenItIsTrueAndShort) {
    EXPECT_EQ(power_of_two_form(1073737728, 2048), "2^30 - 2 x 2048");
    EXPECT_EQ(power_of_two_form(1073739776, 2048), "2^30 - 2048");
    EXPECT_EQ(power_of_two_form(1073741824, 2048), "2^30");
    EXPECT_EQ(power_of_two_form((1u << 20) + 3 * 4096, 4096), "2^20 + 3 x 4096");
    EXPECT_EQ(power_of_two_form(1073737728, 1088), "");  // not a whole number of units
    EXPECT_EQ(power_of_two_form(800000000, 2048), "");   // too far away
    EXPECT_EQ(power_of_two_form(0, 2048), "");
    EXPECT_EQ(power_of_two_form(1073737728, 0), "");
    EXPECT_EQ(power_of_two_form(3 * 2048, 2048), "");  // nearly as far as it is large: says nothing
    EXPECT_EQ(power_of_two_form(UINT64_MAX - 4095, 4096), "2^64 - 4096");
}

TEST(Story, ACachedBinaryOnAMesh) {
    EXPECT_EQ(
        story_of(sample_snapshot(), 1, 0),
        (std::vector<std::string>{
            "One mesh allocation of 24,576 B on 2 chips (mesh 0), class program: the cached binary of the `matmul` "
            "program.",
            "12 pages of 2,048 B over 12 banks at 2^30 - 2 x 2048 (0x3ffff000) in `dram`.",
            "It takes 24,576 B of each chip (2,048 B from each of 12 banks); 49,152 B on all 2 chips.",
            "Allocated by op `matmul` in thread 101 of process 100 (llama), 1 min 0 s ago, at "
            "2026-11-22T18:47:13.000Z.",
            "It goes when the program cache is cleared or its program is destroyed, at the latest when mesh 0 is "
            "closed."}));
}

TEST(Story, TellsTheLinesOfTheProgramThatCalledIt) {
    Snapshot s = sample_snapshot();
    const auto file = static_cast<uint32_t>(s.texts.size());
    s.texts.insert(s.texts.end(), {"/home/me/model.py", "/venv/site-packages/ttnn/decorators.py", "forward"});
    s.stacks = {{}, {0, file, 0, 7}, {1, file, file + 2, 42}, {2, file + 1, file + 2, 300}};
    s.allocations[1].stack = 3;
    const std::vector<std::string> story = story_of(s, 1, 0);
    ASSERT_EQ(story.size(), 6u);
    EXPECT_EQ(story[4], "Called at model.py:42 forward, from model.py:7.");
    for (uint32_t i = 4; i < 20; ++i) s.stacks.push_back({i - 1, file, 0, i});
    s.allocations[1].stack = 19;
    EXPECT_EQ(story_of(s, 1, 0)[4].substr(0, 43), "Called at model.py:19, from model.py:18, fr");
    EXPECT_TRUE(story_of(s, 1, 0)[4].ends_with("from model.py:12, and so on."));
}

TEST(Story, ATensorOfAKilledProcess) {
    EXPECT_EQ(
        story_of(sample_snapshot(), 2, 16),
        (std::vector<std::string>{
            "One allocation of 2,048 B on chip 0, class tensor.",
            "1 page of 2,048 B over 1 of 12 banks at 2^30 - 2048 (0x3ffff800) in `dram`. The address is 16 B into it.",
            "It takes 24,576 B of the chip (2,048 B from each of 12 banks), 22,528 B more than asked for.",
            "Allocated by op `matmul` in thread 200 of process 200 (bad\x1b[31m), 9 min 50 s ago, at "
            "2026-11-22T18:38:23.000Z.",
            "The process was killed or ended by _exit without closing chip 0: it held this to its end, and no one "
            "holds it now."}));
}

TEST(Story, AReleasedBlockSaysWhenItWasReleased) {
    EXPECT_EQ(story_of(sample_snapshot(), 3, 0).back(),
              "It was released when chip 0 was closed, at 2026-11-22T18:38:14.000Z; no one holds it now.");
}

TEST(Story, WhatIsNotKnownIsSaidOrLeftOut) {
    Snapshot s = sample_snapshot();
    Allocation& a = s.allocations[0];
    a.op = a.tag = a.thread = a.page_bytes = 0;
    a.since = 0;
    a.persistent = true;
    const std::vector<std::string> story = story_of(s, 0, 0);
    EXPECT_EQ(story[0], "One mesh allocation of 4,194,304 B on 2 chips (mesh 0), class tensor, marked persistent.");
    EXPECT_EQ(story[1], "It lies in 12 banks at 2^17 (0x20000) in `dram`.");
    EXPECT_EQ(story[3], "Allocated in process 100 (llama), it is not known when.");
    EXPECT_EQ(story[4], "It is meant to stay; it goes at the latest when mesh 0 is closed.");
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/explain.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

std::string text_of(uint64_t address) {
    const Snapshot s = sample_snapshot();
    return explain_text(s, explain(s, DeviceAddress{address}), {});
}

TEST(ExplainText, AnOwnerIsToldInSentences) {
    EXPECT_EQ(text_of(1073737728), R"(1,073,737,728 = 0x3ffff000

dram, chips 0-1, process 100 (llama): live
  One mesh allocation of 24,576 B on 2 chips (mesh 0), class program: the cached binary of the `matmul` program.
  12 pages of 2,048 B over 12 banks at 2^30 - 2 x 2048 (0x3ffff000) in `dram`.
  It takes 24,576 B of each chip (2,048 B from each of 12 banks); 49,152 B on all 2 chips.
  Allocated by op `matmul` in thread 101 of process 100 (llama), 1 min 0 s ago, at 2026-11-22T18:47:13.000Z.
  It goes when the program cache is cleared or its program is destroyed, at the latest when mesh 0 is closed.
)");
}

TEST(ExplainText, AnEndedOwnerIsToldWithTheLiveBlocksBesideIt) {
    EXPECT_EQ(text_of(0x3ffff800), R"(1,073,739,776 = 0x3ffff800

dram, chip 0, process 200 (bad\x1b[31m): held to the end
  One allocation of 2,048 B on chip 0, class tensor.
  1 page of 2,048 B over 1 of 12 banks at 2^30 - 2048 (0x3ffff800) in `dram`.
  It takes 24,576 B of the chip (2,048 B from each of 12 banks), 22,528 B more than asked for.
  Allocated by op `matmul` in thread 200 of process 200 (bad\x1b[31m), 9 min 50 s ago, at 2026-11-22T18:38:23.000Z.
  The process was killed or ended by _exit without closing chip 0: it held this to its end, and no one holds it now.

No live allocation covers it.
The live ones beside it, in each bank:
  dram below: 2,048 B at 1,073,737,728 (0x3ffff000): program, op `matmul`, process 100, ends 0 B before
)");
}

TEST(ExplainText, NoOwnerIsSaidPlainly) {
    EXPECT_EQ(text_of(5), R"(5 = 0x5

No allocation that ttmem knows covers this address.
The live ones beside it, in each bank:
  dram above: 350,208 B at 131,072 (0x20000): tensor, op `embedding`, process 100, begins 131,067 B after
)");
}

TEST(ExplainText, APastMomentIsSaid) {
    const Snapshot s = sample_snapshot();
    const std::string text = explain_text(s, explain(s, DeviceAddress{5}), {}, "when an allocation failed");
    EXPECT_TRUE(text.starts_with("5 = 0x5\nAs it was when an allocation failed.\n")) << text;
}

TEST(ExplainText, ALiveOwnerIsNotBuriedUnderThePast) {
    const std::string text = text_of(0x30000);
    EXPECT_NE(text.find("class tensor.\n  2,048 pages"), std::string::npos) << text;
    EXPECT_NE(text.find("\n1 more block of ended processes or closed devices covered it before"), std::string::npos)
        << text;
    EXPECT_EQ(text.find("process 200"), std::string::npos) << text;
}

TEST(ExplainText, OfManyLiveOwnersEightAreToldAndTheOthersCounted) {
    Snapshot s = sample_snapshot();
    const auto told = [&] {
        const std::string text = explain_text(s, explain(s, DeviceAddress{1073737728}), {});
        size_t headings = 0;
        for (size_t at = text.find(": live\n"); at != std::string::npos; at = text.find(": live\n", at + 1)) ++headings;
        return std::pair(headings, text);
    };
    s.allocations.insert(s.allocations.end(), 7, s.allocations[1]);
    EXPECT_EQ(told().first, 8u);
    EXPECT_EQ(told().second.find("it, too"), std::string::npos) << "eight of eight:\n" << told().second;
    s.allocations.insert(s.allocations.end(), 2, s.allocations[1]);
    EXPECT_EQ(told().first, 8u);
    EXPECT_NE(
        told().second.find("\n2 more live blocks cover it, too: --pid, --chip and --pool narrow, --json has all."),
        std::string::npos)
        << told().second;
}

TEST(ExplainText, OfALongPastTheNewestIsTold) {
    Snapshot s = sample_snapshot();
    for (int i = 0; i < 9; ++i) s.allocations.push_back(s.allocations[2]);
    const std::string text = explain_text(s, explain(s, DeviceAddress{0x3ffff800}), {});
    EXPECT_NE(text.find("\n7 more blocks of ended"), std::string::npos) << text;
}

TEST(ExplainText, CircularBuffersAreToldBelowTheAllocations) {
    Snapshot s = sample_snapshot();
    s.allocations.clear();
    ProgramCbs cbs;
    cbs.plan.buffers = {{3, false, 0x19000, 4096, {{0, 0, 1, 1}, {5, 5, 5, 5}}}};
    s.programs[0].cbs = {cbs};
    const Explanation explanation = explain(s, DeviceAddress{0x19000});
    EXPECT_EQ(explain_text(s, explanation, {}),
              R"(102,400 = 0x19000

circular buffer, chips 0-1, process 100 (llama): reserved
  Circular buffer 3 of the `matmul` program on 2 chips (mesh 0): 4,096 B at 102,400 (0x19000) on each of 5 cores, (0,0)-(1,1), (5,5).
  It is reserved but not resident: its program has not run yet, or another one ran since on its cores.
  Program created in process 100 (llama), 1 min 0 s ago, at 2026-11-22T18:47:13.000Z.
  It goes when its program is destroyed or gives its circular buffers back.

No allocation that ttmem knows covers this address.
)");
}

TEST(ExplainText, OfManyCachedProgramsAFewAreTold) {
    Snapshot s = sample_snapshot();
    ProgramCbs cbs;
    cbs.plan.buffers = {{3, false, 0x19000, 4096, {{0, 0, 1, 1}}}};
    s.programs[0].cbs = {cbs};
    s.programs.resize(20, s.programs[0]);
    const std::string text = explain_text(s, explain(s, DeviceAddress{0x19000}), {});
    EXPECT_NE(text.find("\n15 more circular buffers cover it, too: --json has all.\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace ttmem

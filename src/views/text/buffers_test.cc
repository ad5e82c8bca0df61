#include "src/views/text/buffers.h"

#include <gtest/gtest.h>

#include <sstream>

#include "src/analysis/snapshot/overlaps.h"
#include "src/views/text/table.h"
#include "tests/support/sample_buffers.h"

namespace ttmem {
namespace {

TEST(BuffersText, OneLinePerAllocationAndTheTotalOfAllOfThem) {
    const Snapshot s = sample_snapshot();
    EXPECT_EQ(buffers_text({s, live(s), 0, {}}, {}),
              R"(PID  CHIPS  POOL     ADDRESS  REQUESTED  RESERVED  CLASS    OP         TAG       PROGRAM         AGE
100  0-1    dram     0x20000   4.00 MiB  4.01 MiB  tensor   embedding  kv_cache           1 min 30 s
100  0-1    dram  0x3ffff000   24.0 KiB  24.0 KiB  program  matmul               matmul    1 min 0 s
2 allocations: 8.05 MiB requested, 8.06 MiB reserved, on all their chips together
)");
}

TEST(BuffersText, TheLineOfTheProgramStandsBesideTheOperationWhereItIsKnown) {
    Snapshot s = sample_snapshot();
    s.texts.insert(s.texts.end(), {"/home/me/model.py", "forward\x1b"});
    const auto texts = static_cast<uint32_t>(s.texts.size());
    s.stacks.push_back({0, texts - 2, texts - 1, 42});
    s.allocations[live(s)[0]].stack = 1;
    const std::string text = buffers_text({s, live(s), 0, {}}, {});
    EXPECT_NE(text.find("OP         LINE                     TAG"), std::string::npos) << text;
    EXPECT_NE(text.find("embedding  model.py:42 forward\\x1b  kv_cache"), std::string::npos) << text;
}

TEST(BuffersText, ALimitIsSaidAndDoesNotChangeTheTotal) {
    const Snapshot s = sample_snapshot();
    EXPECT_EQ(buffers_text({s, live(s), 1, {}}, {}),
              R"(PID  CHIPS  POOL  ADDRESS  REQUESTED  RESERVED  CLASS   OP         TAG              AGE
100  0-1    dram  0x20000   4.00 MiB  4.01 MiB  tensor  embedding  kv_cache  1 min 30 s
2 allocations: 8.05 MiB requested, 8.06 MiB reserved, on all their chips together
not shown: 1 more (--limit 0 shows all)
)");
}

TEST(BuffersText, TheTotalOfOneChipIsOfThatChip) {
    const Snapshot s = sample_snapshot();
    const std::string text = buffers_text({s, live(s), 0, {}, Over::kOneChip}, {});
    EXPECT_NE(text.find("2 allocations: 4.02 MiB requested, 4.03 MiB reserved, on this chip\n"), std::string::npos)
        << text;
}

TEST(BuffersText, OnlyWhatMayStillLiveMakesTheTotalABound) {
    Snapshot s = sample_snapshot();
    s.coverage.untracked_allocations = 7;
    EXPECT_NE(buffers_text({s, live(s), 0, {}}, {}).find("\n2 allocations: 8.05 MiB requested"), std::string::npos);
    EXPECT_EQ(buffers_text({s, {}, 0, {}}, {}).substr(0, 28), "No live allocation matches.\n");
    s.coverage.untracked_now_allocations = 1;
    EXPECT_NE(buffers_text({s, live(s), 0, {}}, {}).find("\n>= 2 allocations: >= 8.05 MiB requested"),
              std::string::npos);
}

TEST(BuffersText, BlocksThatOverlapAreRemarkedOn) {
    Snapshot s = sample_snapshot();
    s.allocations.push_back(s.allocations[live(s)[0]]);
    const std::string sentence =
        "allocators overlap: 1 allocation begins inside another (that at 131,072 (0x20000) in dram)";
    EXPECT_NE(buffers_text({s, live(s), 0, {}}, {}).find("Note: " + sentence), std::string::npos);
    note_overlaps(s);
    const std::string text = buffers_text({s, live(s), 0, {}}, {});
    EXPECT_NE(text.find(sentence), std::string::npos);
    EXPECT_EQ(text.find(sentence), text.rfind(sentence)) << "it is said once";
}

TEST(BuffersText, EightyColumnsAreEnough) {
    Snapshot s = sample_snapshot();
    s.texts.push_back(std::string(70, 'o'));
    for (Allocation& a : s.allocations) a.op = static_cast<uint32_t>(s.texts.size() - 1);
    std::istringstream text(buffers_text({s, live(s), 0, {}}, {.width = 80}));
    std::string line;
    for (int i = 0; i < 3; ++i) {
        std::getline(text, line);
        EXPECT_LE(width_of(line), 80u) << line;
    }
}

TEST(BuffersText, OfAnEndSayWhichOneItIsAndThatNothingLivesAnyMore) {
    Snapshot s = sample_snapshot();
    s.processes.erase(s.processes.begin());
    for (Allocation& a : s.allocations) a.process = ProcessIndex{0};
    Selection all = select(s, {});
    std::erase_if(all, [&](uint32_t i) { return s.allocations[i].place.value == 0; });
    BuffersValues values{s, all, 0, {}, Over::kAllChips, "at the end of run.ttmem", "--at shows what lived before."};
    const std::string text = buffers_text(values, {});
    EXPECT_EQ(text.find("As it was at the end of run.ttmem. --at shows what lived before.\n"), 0u) << text;
    EXPECT_NE(text.find("VERDICT"), std::string::npos) << text;
    EXPECT_NE(text.find("released_by_close"), std::string::npos) << text;
    EXPECT_NE(text.find("held_at_exit"), std::string::npos) << text;
    EXPECT_NE(text.find("; none is live any more, released when their device was closed: 1, held when their process "
                        "ended: 1\n"),
              std::string::npos)
        << text;
    values.selection.clear();
    EXPECT_EQ(buffers_text(values, {}),
              "No allocation matches at the end of run.ttmem. --at shows what lived before.\n");
}

TEST(Shortened, OfALineItsNumberStays) {
    EXPECT_EQ(shortened_line("model.py:42 forward", 19), "model.py:42 forward");
    EXPECT_EQ(shortened_line("model.py:42 forward", 18), "model.py:42 for...");
    EXPECT_EQ(shortened_line("model.py:42 forward", 16), "model.py:42");
    EXPECT_EQ(shortened_line("model.py:42 forward", 10), "...l.py:42");
    EXPECT_EQ(shortened_line("m\u00f6del.py:42 forward", 10), "...l.py:42");
}

TEST(BuffersText, NothingThatFitsIsNotNothingTracked) {
    const Snapshot s = sample_snapshot();
    EXPECT_EQ(buffers_text({s, {}, 0, {}}, {}), "No live allocation matches.\n");
    EXPECT_EQ(buffers_text({Snapshot{}, {}, 0, {}}, {}).substr(0, 19), "Nothing is tracked:");
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/last_failure.h"

#include <gtest/gtest.h>

#include <sstream>

#include "src/views/text/table.h"
#include "tests/support/sample_map.h"

namespace ttmem {
namespace {

// The sample of maps at the moment of a clash with the lower semaphore.
LastFailure sample_last_failure() {
    LastFailure last;
    last.snapshot = sample_map();
    Failure failure;
    failure.kind = FailureKind::kCbClash;
    failure.place = PlaceIndex{0};
    failure.bytes_per_bank = 4448, failure.bank_bytes = 4256;
    last.snapshot.processes[0].failures = {failure};
    last.snapshot.processes[0].failed_allocations = 1;
    last.explained = recorded_failures(last.snapshot);
    last.held = held_by_chip(last.snapshot);
    last.maps = maps_of(last.snapshot);
    return last;
}

TEST(LastFailureText, SaysWhyAndWhoHeldWhatAndShowsTheCore) {
    const LastFailure last = sample_last_failure();
    const std::string text = last_failure_text({last, "run.ttmem"}, true, {.exact_bytes = true});
    EXPECT_NE(text.find("192"), std::string::npos) << "what is missing:\n" << text;
    EXPECT_NE(text.find("Who held what then, 2026-11-22T18:48:13.000Z in run.ttmem; reserved bytes:\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("semaphores of all_gather"), std::string::npos) << text;
    EXPECT_NE(text.find("1,000  3,256  ###   CBs       a program, which did not fit"), std::string::npos) << text;
    EXPECT_NE(text.find("Floor holders: 2 small buffers"), std::string::npos) << text;
}

// Who is tired reads one line: of a clash it names what the advice names, and not whoever holds most elsewhere.
TEST(LastFailureText, NamesInItsFirstLineWhatTheAdviceNames) {
    const LastFailure last = sample_last_failure();
    const std::string text = last_failure_text({last, "run.ttmem"}, true, {.exact_bytes = true});
    const std::string first = text.substr(0, text.find('\n'));
    EXPECT_TRUE(first.ends_with("smaller, or free semaphores of all_gather before it runs.")) << text;
    EXPECT_NE(text.find("4,448: semaphores of all_gather, 2 buffers, the lowest at 4,256 (0x10a0)."), std::string::npos)
        << text;
}

// Of other failures, and where the advice names nobody, it names who held the most.
LastFailure without_names() {
    LastFailure last = sample_last_failure();
    last.explained.failures.front().explanation.names_buffers = false;
    last.explained.failures.front().explanation.verdict = "L1 is full; free some.";
    return last;
}

TEST(LastFailureText, NamesInItsFirstLineWhoHeldTheMost) {
    LastFailure last = without_names();
    EXPECT_EQ(last_failure_verdict(last, {.exact_bytes = true}),
              "L1 is full; linear holds the most, 8,000 B; free some.\n");
    for (HeldPool& held : last.held) held.capacity_bytes = 40'000;
    EXPECT_EQ(last_failure_verdict(last, {}).find("holds the most"), std::string::npos) << "it is not to blame";
    last.held.clear();
    EXPECT_EQ(last_failure_verdict(last, {}).find("holds the most"), std::string::npos);
}

TEST(LastFailureText, SaysHowToHaveLinesWherePythonMadeIt) {
    LastFailure last = sample_last_failure();
    EXPECT_EQ(stacks_hint(last), "");
    last.snapshot.texts[last.held.front().holders.front().op] = "ttnn.zeros";
    EXPECT_NE(stacks_hint(last).find("`ttmem run --stacks`"), std::string::npos);
    EXPECT_NE(last_failure_text({last, "run.ttmem"}, true, {}).find("\nWhich lines of Python made these: "),
              std::string::npos);
    last.snapshot.stacks.resize(2);
    EXPECT_EQ(stacks_hint(last), "") << "they are there";
}

TEST(LastFailureText, HasATableThatAddsUp) {
    const LastFailure last = sample_last_failure();
    EXPECT_EQ(held_table({last, "", 1}, {.exact_bytes = true}),
              R"(CHIPS  POOL      OWNER          CLASS   BLOCKS  EACH CHIP  SHARE
0      dram      kv_cache       tensor       1     80,000      -
                 2 more owners               2      2,192      -
                 all of dram                 3     82,192      -
0      l1        linear         tensor       1      8,000      -
                 1 more owner                2        512      -
                 all of l1                   3      8,512      -
0      l1_small  linear         tensor       1        400      -
)");
}

TEST(LastFailureText, ShowsTheLineWhereCallStacksWereRecorded) {
    LastFailure last = sample_last_failure();
    Snapshot& s = last.snapshot;
    s.texts.push_back("/home/me/model.py");
    StackFrame frame;
    frame.file = static_cast<uint32_t>(s.texts.size() - 1);
    frame.line = 42;
    s.stacks.push_back(frame);
    for (Allocation& a : s.allocations) a.stack = static_cast<uint32_t>(s.stacks.size() - 1);
    last.held = held_by_chip(s);
    const std::string text = held_table({last, "", 1}, {.exact_bytes = true});
    EXPECT_NE(text.find("model.py:42"), std::string::npos) << text;
    EXPECT_EQ(text.find("CALLED AT"), std::string::npos) << text;
}

// The sums of a helper that makes everything say nothing.
TEST(LastFailureText, TellsApartWhatAHelperMadeForSeveralCallers) {
    LastFailure last = without_names();
    Snapshot& s = last.snapshot;
    s.texts.push_back("model.py");
    const auto file = static_cast<uint32_t>(s.texts.size() - 1);
    s.stacks.resize(1);
    for (const uint32_t line : {7u, 9u}) {
        s.stacks.push_back({0, file, 0, line});
        s.stacks.push_back({static_cast<uint32_t>(s.stacks.size() - 1), file, 0, 3});
    }
    s.allocations.resize(2);
    for (Allocation& a : s.allocations) a.stack = a.handle == 1 ? 2 : 4;
    last.held = held_by_chip(s);
    const std::string text = held_table({last, "", 0}, {.exact_bytes = true});
    EXPECT_NE(text.find("model.py:3  model.py:7"), std::string::npos) << text;
    EXPECT_NE(text.find("model.py:3  model.py:9"), std::string::npos) << text;
    EXPECT_NE(last_failure_verdict(last, {}).find(" at model.py:3, called at model.py:"), std::string::npos);
}

TEST(LastFailureText, FitsIntoEightyColumns) {
    const LastFailure last = sample_last_failure();
    std::istringstream lines(last_failure_text({last, "run.ttmem", 3}, false, {.width = 80}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), 80u) << line;
}

}  // namespace
}  // namespace ttmem

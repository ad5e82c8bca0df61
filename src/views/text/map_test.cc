#include "src/views/text/map.h"

#include <gtest/gtest.h>

#include <sstream>

#include "src/views/text/table.h"
#include "tests/support/sample_map.h"

namespace ttmem {
namespace {

MapValues values_in(const Snapshot& s) { return {.snapshot = s, .maps = maps_of(s), .limit = 12}; }
std::string text_of(const Snapshot& s, size_t width = 0) {
    return map_text(values_in(s), true, {.exact_bytes = true, .width = width});
}
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

TEST(MapText, BeginsWithTheGapAndWhoEndsIt) {
    EXPECT_EQ(first_line(text_of(sample_map())),
              "The circular buffers of core (1,0) of chip 0 may grow by 256 until they meet the L1 buffer at 4,256 "
              "(semaphores of all_gather, llama (100)): `matmul` reaches to 4,000.");
}

TEST(MapText, ShowsACoreFromItsLowestAddressToItsHighest) {
    const std::string text = text_of(sample_map());
    EXPECT_NE(text.find(R"(ADDRESS  BYTES        WHAT      WHOSE                      AGE
      0  1,000  #     reserved  firmware and kernels
  1,000  2,000  ##    CB 0      matmul
  3,000  1,000  #     CB 1      matmul
  4,000    256  .     gap       circular buffers may grow
  4,256     64  #     tensor    semaphores of all_gather   1 s
  4,320     64  #     tensor    semaphores of all_gather   2 s
  4,384  4,616  ....  hole
  9,000  2,000  ##    tensor    linear                     3 s
 11,000    100  #     tensor    linear                     4 s
 11,100    400  .     hole
)"),
              std::string::npos)
        << text;
}

TEST(MapText, SaysWhichLineMadeABlockAndWhoCalledIt) {
    MapMaker m;
    const auto frame = [&](uint32_t caller, const char* file, uint32_t line, const char* function) {
        if (m.s.stacks.empty()) m.s.stacks.emplace_back();
        m.s.stacks.push_back({caller, m.text(file), m.text(function), line});
        return static_cast<uint32_t>(m.s.stacks.size() - 1);
    };
    m.block(Pool::kL1, 9000, 2000, m.text("zeros")).stack =
        frame(frame(0, "main.py", 7, "<module>"), "model.py", 42, "forward");
    MapValues values = values_in(m.s);
    for (const bool of_core : {true, false}) {
        if (of_core) values.core = {0, 0};
        if (!of_core) m.block(Pool::kDram, 32, 2000, m.text("zeros")).stack = m.s.allocations[0].stack;
        if (!of_core) values.maps = maps_of(m.s), values.core.reset(), values.bank = 0;
        const std::string text = map_text(values, true, {.exact_bytes = true});
        EXPECT_NE(text.find("  LINE                 CALLED AT"), std::string::npos) << text;
        EXPECT_NE(text.find("  model.py:42 forward  main.py:7 <module>  "), std::string::npos) << text;
    }
}

TEST(MapText, HasTheGridWithTheNarrowestGapMarked) {
    EXPECT_NE(text_of(sample_map()).find("   0  40   49*\n   1  40   40\n\n"), std::string::npos)
        << text_of(sample_map());
}

TEST(MapText, NamesFloorHoldersAndTheBlockThatSplitsDram) {
    const std::string text = text_of(sample_map());
    EXPECT_NE(
        text.find("Floor holders: 2 small buffers of 128 in all keep circular buffers below 4,256; without them they "
                  "could reach 9,000: 4,616 of each core are free above them and stranded.\n"
                  "  semaphores of all_gather, llama (100): 2 buffers, 128, 4,616 stranded, the oldest 2 s old, made "
                  "in 2 iterations: 1.0 buffers in each\n"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("splits it: 58,968 would be in one piece without its 64."), std::string::npos) << text;
}

TEST(MapText, SaysThatAProgramDoesNotFitAnyMore) {
    MapMaker m;
    m.program("conv", {MapMaker::cb(0, 1000, 4000)});
    m.block(Pool::kL1, 4500, 100);
    const std::string text = text_of(m.s);
    EXPECT_EQ(
        first_line(text),
        "`conv` does not fit any more on core (0,0) of chip 0: its circular buffers reach to 5,000, 500 beyond the "
        "L1 buffer at 4,500 (tensor memory, llama (100)).");
}

TEST(MapText, OfAClashBeginsWithWhatDidNotFit) {
    MapMaker m;
    m.program("matmul", {MapMaker::cb(0, 1000, 2000)});
    m.block(Pool::kL1, 4500, 100);
    Failure failure;
    failure.kind = FailureKind::kCbClash;
    failure.place = PlaceIndex{0};
    failure.op = m.text("conv2d");
    failure.bytes_per_bank = 5000;
    m.s.processes[0].failures = {failure};
    MapValues values = values_in(m.s);
    values.clash = newest_clash(m.s);
    EXPECT_EQ(
        first_line(map_text(values, true, {.exact_bytes = true})),
        "A program of `conv2d` did not fit on chip 0: its circular buffers were to reach to 5,000, 500 beyond the "
        "L1 buffer at 4,500 (tensor memory, llama (100)).");
    const std::string text = map_text(values, true, {.exact_bytes = true});
    EXPECT_NE(text.find("Core (0,0) of chip 0 with the program that did not fit, from its lowest"), std::string::npos);
    EXPECT_NE(text.find("CBs       conv2d, which did not fit"), std::string::npos) << text;
    EXPECT_NE(text.find("clash     taken twice"), std::string::npos) << text;
    EXPECT_EQ(text.find("CB 0"), std::string::npos) << "those of another program: " << text;
    values.core = {0, 0};
    EXPECT_NE(map_text(values, true, {}).find("CB 0"), std::string::npos) << "on which cores it was is not recorded";
    values.core.reset();
    values.clash->end = 4500;  // as it stands now it would fit
    EXPECT_NE(first_line(map_text(values, true, {.exact_bytes = true})).find("may grow by"), std::string::npos);
    m.s.processes[0].failures.back().kind = FailureKind::kOutOfMemory;
    EXPECT_FALSE(newest_clash(m.s));
    EXPECT_FALSE(last_clash(m.s));
    m.s.processes[0].failures.insert(m.s.processes[0].failures.begin(), failure);
    EXPECT_FALSE(newest_clash(m.s)) << "something else failed later";
    ASSERT_TRUE(last_clash(m.s));
    EXPECT_EQ(last_clash(m.s)->end, 5000u);
}

// It drew an empty L1, as if that had failed.
TEST(MapText, OfAFailureInABankBeginsWithIt) {
    Snapshot s = sample_map();
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory;
    failure.place = PlaceIndex{0};
    failure.requested_bytes = 40'000;
    failure.bytes_per_bank = 10'016;
    failure.bank_bytes = 20'000;
    failure.free_per_bank = 12'000;
    failure.largest_free_per_bank = 8'000;
    s.processes[0].failures = {failure};
    MapValues values = values_in(s);
    values.failure = &s.processes[0].failures[0];
    values.bank = 0;
    values.next = "ttmem explain --last run.ttmem";
    const std::string text = map_text(values, true, {.exact_bytes = true});
    EXPECT_NE(
        first_line(text).find(": it needed 10,016 in each bank, where 12,000 of 20,000 were free, 8,000 of them in "
                              "one piece."),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("An allocation of 40,000 did not fit in dram of "), std::string::npos) << text;
    EXPECT_NE(text.find("Next: `ttmem explain --last run.ttmem` tells why"), std::string::npos) << text;
    EXPECT_NE(text.find("Bank 0 from its lowest address"), std::string::npos) << text;
    EXPECT_EQ(text.find("Used of each core"), std::string::npos) << text;
}

TEST(MapText, SaysWhatIsNotKnown) {
    MapMaker m;
    m.program("conv", {MapMaker::cb(0, 1000, 100)});
    m.block(Pool::kL1, 4500, 100).banks = 2;
    m.s.processes[0].chips[0].chip.grid_x = 3;
    m.s.processes[0].chips[0].cb.reserved_bytes.reset();
    const std::string text = text_of(m.s);
    EXPECT_NE(text.find("may grow by about 3,400"), std::string::npos) << text;
    EXPECT_NE(text.find("in a part of the banks"), std::string::npos) << text;
    EXPECT_NE(text.find("There are 4 banks of L1 and 6 cores"), std::string::npos) << text;
    EXPECT_NE(text.find("are not recorded: they may reach further"), std::string::npos) << text;
}

TEST(MapText, OfABankHasItsBlocksAndHoles) {
    const Snapshot s = sample_map();
    MapValues values = values_in(s);
    values.bank = 1;
    const std::string text = map_text(values, true, {.exact_bytes = true});
    EXPECT_EQ(text.find("Core ("), std::string::npos) << "only what is asked for";
    EXPECT_NE(text.find(" 40,032  19,968  ..    hole"), std::string::npos) << text;
}

// The last hole was counted with those between the blocks, too, and what lay below the first block nowhere.
TEST(MapText, OfABankCountsEachFreeByteOnce) {
    MapMaker m;
    for (const uint64_t address : {5'000, 6'000, 7'000, 8'500}) m.block(Pool::kDram, address, 1'000);
    MapValues values = values_in(m.s);
    values.bank = 0;
    values.limit = 2;
    const std::string text = map_text(values, true, {.exact_bytes = true});
    EXPECT_NE(text.find("2 blocks more, 500 of holes"), std::string::npos) << text;
    EXPECT_NE(text.find("more of each bank are free, below the first block or above the last"), std::string::npos)
        << text;
}

// Of a full bank the lowest blocks stood there, and what had all of it did not.
TEST(MapText, OfABankWithManyBlocksShowsTheLargest) {
    MapMaker m;
    for (uint64_t i = 0; i < 10; ++i) m.block(Pool::kDram, 1'000 * i, 100);
    m.block(Pool::kDram, 10'000, 30'000);
    for (uint64_t i = 0; i < 10; ++i) m.block(Pool::kDram, 50'000 + 1'000 * i, 100);
    MapValues values = values_in(m.s);
    values.bank = 0;
    values.limit = 2;
    const std::string text = map_text(values, true, {.exact_bytes = true});
    EXPECT_NE(text.find("10,000  30,000"), std::string::npos) << text;
    EXPECT_NE(text.find("9 blocks more, 8,100 of holes"), std::string::npos) << text;
    EXPECT_NE(text.find("10 blocks more, 18,100 of holes"), std::string::npos) << text;
}

TEST(MapText, FitsIntoEightyColumns) {
    Snapshot s = sample_map();
    s.texts[1] = "ttnn::operations::matmul::matmul_multi_core_reuse_mcast_1d_optimized";
    s.programs[0].name = s.texts[1];
    for (const std::string& text :
         {text_of(s, 80), map_text({.snapshot = s, .maps = maps_of(s), .bank = 0}, false, {.width = 80})}) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), 80u) << line;
    }
}

TEST(MapText, OfNothingSaysSo) {
    MapMaker m;
    m.s.processes[0].state = ProcessState::kExited;
    EXPECT_EQ(
        first_line(map_text({.snapshot = m.s, .maps = maps_of(m.s), .moment = "at the end of run.ttmem"}, true, {})),
        "Nothing was in use at the end of run.ttmem: no process had a chip open.");
}

}  // namespace
}  // namespace ttmem

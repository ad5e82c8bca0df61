#include "src/analysis/snapshot/programs.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

ProgramCbs cbs_at(uint32_t place, uint64_t largest_core, bool left_behind = false) {
    ProgramCbs cbs;
    cbs.place = PlaceIndex{place};
    cbs.largest_core = largest_core;
    cbs.reserved_bytes = left_behind ? 0 : largest_core * 4;
    cbs.left_behind = left_behind;
    return cbs;
}

Program program(uint64_t handle, const std::string& name, uint32_t process, std::vector<ProgramCbs> cbs) {
    Program p;
    p.handle = handle;
    p.name = name;
    p.process = ProcessIndex{process};
    p.cbs = std::move(cbs);
    return p;
}

// Three of the live process, one of the killed one.
Snapshot sample() {
    Snapshot s = sample_snapshot();
    s.programs = {program(1, "add", 0, {cbs_at(0, 2048)}), program(2, "matmul", 0, {cbs_at(0, 8192)}),
                  program(3, "lost", 0, {cbs_at(0, 0, true)}),
                  program(4, "matmul_1x1", 1, {cbs_at(1, 4096), cbs_at(2, 0, true)})};
    s.programs[1].op = 1;
    s.programs[2].destroyed = true;
    Trace trace;
    trace.name = "decode";
    s.traces = {trace};
    return s;
}

TEST(SelectPrograms, OfEachProcessTheFullestCoreComesFirst) {
    EXPECT_EQ(select_programs(sample()), (std::vector<uint32_t>{1, 0, 2, 3}));
}

TEST(SelectPrograms, NamesOpsAndChipsNarrow) {
    const Snapshot s = sample();
    EXPECT_EQ(select_programs(s, {.name = "matmul"}), (std::vector<uint32_t>{1, 3}));
    EXPECT_EQ(select_programs(s, {.op = "matmul"}), (std::vector<uint32_t>{1}));
    EXPECT_EQ(select_programs(s, {.chip = ChipName{.logical_id = 1}}), (std::vector<uint32_t>{1, 0, 2}));
    EXPECT_EQ(select_programs(s, {.chip = ChipName{.id = ChipId{0xbb}}}), (std::vector<uint32_t>{}));
    EXPECT_EQ(select_programs(s, {.left_behind = true}), (std::vector<uint32_t>{2, 3}));
}

TEST(SelectTraces, ByNameAndChipAndNotByOp) {
    const Snapshot s = sample();
    EXPECT_EQ(select_traces(s).size(), 1u);
    EXPECT_EQ(select_traces(s, {.name = "dec"}).size(), 1u);
    EXPECT_EQ(select_traces(s, {.chip = ChipName{.logical_id = 7}}).size(), 0u);
    EXPECT_EQ(select_traces(s, {.op = "matmul"}).size(), 0u);
}

TEST(PlansLeftBehind, AreFoundAtEachPlaceOfEachProgram) {
    const std::vector<LeftBehind> found = plans_left_behind(sample());
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].program, 2u);
    EXPECT_EQ(found[1].program, 3u);
    EXPECT_EQ(found[1].cbs, 1u);
}

}  // namespace
}  // namespace ttmem

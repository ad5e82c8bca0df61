#include "src/analysis/leaks/accumulated.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// So many iterations in which `matmul` keeps 10 bytes each, all freed after the last.
Recording list_in_a_loop(RecordingMaker& maker, int iterations, bool freed = true) {
    const uint32_t chip = maker.place({1}), matmul = maker.text("matmul");
    std::vector<uint64_t> kept;
    for (int i = 0; i < iterations; ++i) {
        maker.begin_iteration();
        kept.push_back(maker.alloc(chip, Pool::kDram, 10, matmul));
        maker.end_iteration();
    }
    for (const uint64_t handle : kept) {
        if (freed) maker.free(handle);
    }
    Recording recording = maker.finish();
    recording.end.processes[0].iterations_begun = recording.end.processes[0].iterations_ended =
        static_cast<uint64_t>(iterations);
    recording.end.processes[0].level = "events";
    return recording;
}

AccumulatedReport report_of(const Recording& recording, const Filter& filter = {}) {
    return accumulated_in(recording, recording.end, filter);
}

TEST(Accumulated, AListThatDiesBeforeTheEndLeakedAllTheSame) {
    RecordingMaker maker;
    const AccumulatedReport report = report_of(list_in_a_loop(maker, 6));
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].op, "matmul");
    EXPECT_EQ(report.owners[0].iterations, 4u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kCertain);
    EXPECT_EQ(report.owners[0].grown.last, (Sum{6, 60, 60}));
    EXPECT_TRUE(report.not_judged().empty());
}

TEST(Accumulated, WhatIsLeftIsNotToldTwice) {
    RecordingMaker maker;
    const Recording recording = list_in_a_loop(maker, 6, false);
    ASSERT_EQ(leaks_of(recording.end).size(), 1u);
    EXPECT_TRUE(report_of(recording).owners.empty());
}

TEST(Accumulated, TooFewIterationsAreNoJudgement) {
    for (const int iterations : {2, 3}) {
        RecordingMaker maker;
        const AccumulatedReport report = report_of(list_in_a_loop(maker, iterations));
        EXPECT_TRUE(report.owners.empty());
        ASSERT_EQ(report.not_judged().size(), 1u) << iterations;
        EXPECT_NE(report.not_judged()[0].find("`matmul` of process 100 grew in"), std::string::npos)
            << report.not_judged()[0];
    }
}

TEST(Accumulated, WhatEachIterationFreesIsNone) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    uint64_t before = 0;
    for (int i = 0; i < 8; ++i) {  // the result of the one before is freed late, as in x = step(x)
        maker.begin_iteration();
        const uint64_t made = maker.alloc(chip, Pool::kDram, 10);
        if (before != 0) maker.free(before);
        before = made;
        maker.end_iteration();
    }
    maker.free(before);
    Recording recording = maker.finish();
    recording.end.processes[0].iterations_ended = 8;
    const AccumulatedReport report = report_of(recording);
    EXPECT_TRUE(report.owners.empty());
    EXPECT_TRUE(report.not_judged().empty());
}

TEST(Accumulated, ABlockThatALargerOneReplacesIsNone) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    uint64_t before = 0;
    for (uint64_t i = 1; i <= 8; ++i) {
        maker.begin_iteration();
        const uint64_t made = maker.alloc(chip, Pool::kDram, i * 1024);
        if (before != 0) maker.free(before);
        before = made;
        maker.end_iteration();
    }
    maker.free(before);
    Recording recording = maker.finish();
    recording.end.processes[0].iterations_ended = 8;
    EXPECT_EQ(growth_of(recording).owners.at(0).grown.certainty, Certainty::kCertain);
    EXPECT_TRUE(report_of(recording).owners.empty());
}

TEST(Accumulated, HistoryThatIsNotThereIsMissed) {
    RecordingMaker maker;
    Recording recording = list_in_a_loop(maker, 6);
    recording.gaps.push_back({ProcessIndex{0}, 0, 0, 3, "overwritten"});
    AccumulatedReport report = report_of(recording);
    ASSERT_EQ(report.not_judged().size(), 1u);
    EXPECT_NE(report.not_judged()[0].find("the history of process 100 has gaps"), std::string::npos);

    recording.gaps[0].sampled = true;
    EXPECT_NE(report_of(recording).not_judged().at(0).find("`ttmem record --every` looked"), std::string::npos);
    recording.gaps.clear();
    recording.is_part = true;
    ++recording.end.processes[0].iterations_ended;
    EXPECT_NE(report_of(recording).not_judged().at(0).find("begins after process 100 had"), std::string::npos);

    Recording none;  // of a process that recorded counts alone
    recording.end.processes[0].level = "counts";
    report = accumulated_in(none, recording.end);
    ASSERT_EQ(report.not_judged().size(), 1u);
    EXPECT_NE(report.not_judged()[0].find("TTMEM_LEVEL=events"), std::string::npos);
}

// ttnn.sum keeps a table with its program: ten of its results that a list kept were green.
TEST(Accumulated, AnOperationThatKeepsATableMayLeakAsWell) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1}), sum = maker.text("ttnn.sum");
    const auto scope = [&](EventKind kind) {
        Event& event = maker.add(kind);
        event.name = sum, event.thread = 1;
    };
    std::vector<uint64_t> list;
    for (int i = 0; i < 10; ++i) {
        maker.begin_iteration();
        scope(EventKind::kOperationBegun);
        if (i == 0) {
            maker.compile(sum);
            maker.alloc(chip, Pool::kDram, 64, sum);
        }
        list.push_back(maker.alloc(chip, Pool::kDram, 10, sum));
        scope(EventKind::kOperationEnded);
        maker.end_iteration();
    }
    for (const uint64_t handle : list) maker.free(handle);
    Recording recording = maker.finish();
    recording.end.processes[0].iterations_begun = recording.end.processes[0].iterations_ended = 10;
    recording.end.processes[0].level = "events";
    const AccumulatedReport report = accumulated_in(recording, recording.end, {}, Suppressions::by_default());
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].op, "ttnn.sum");
    LeaksLeftOut left_out;
    EXPECT_TRUE(leaks_of(recording.end, {}, Suppressions::by_default(), left_out, report.repetitions).empty());
}

TEST(Accumulated, WhatIsKnownIsCountedApart) {
    RecordingMaker maker;
    const Recording recording = list_in_a_loop(maker, 6);
    const Suppressions known = *Suppressions::parse("op:matmul", "a.supp");
    const AccumulatedReport report = accumulated_in(recording, recording.end, {}, known);
    EXPECT_TRUE(report.owners.empty());
    EXPECT_EQ(report.suppressed, (Suppressed{{"op:matmul", Sum{4, 40, 40}}}));
    RecordingMaker too_short;
    const Recording few = list_in_a_loop(too_short, 3);
    EXPECT_TRUE(accumulated_in(few, few.end, {}, known).not_judged().empty());
}

TEST(Accumulated, OfIterationsNamedByNumberTellsWhatTheirNamesHaveInCommon) {
    for (const bool is_numbered : {false, true}) {
        RecordingMaker maker;
        const uint32_t chip = maker.place({1}), step = maker.text("step 0");
        std::vector<uint64_t> list;
        for (int i = 0; i < 3; ++i) {
            maker.begin_iteration(0, is_numbered && i != 0 ? maker.text("step " + std::to_string(i)) : step);
            list.push_back(maker.alloc(chip, Pool::kDram, 10));
            maker.end_iteration();
        }
        for (const uint64_t handle : list) maker.free(handle);
        const Recording recording = maker.finish();
        const GrowthReport report = growth_of(recording);
        ASSERT_EQ(report.owners.size(), 1u);
        EXPECT_EQ(report.owners[0].iterations_called, step);
        EXPECT_EQ(report.owners[0].iterations_numbered, is_numbered);
        const std::vector<std::string> told = report_of(recording).too_few;
        ASSERT_EQ(told.size(), 1u);
        EXPECT_NE(told[0].find(is_numbered ? " `step N` iterations" : " `step 0` iterations"), std::string::npos)
            << told[0];
    }
    EXPECT_EQ(name_of_kind("step 10 of 12", true), "step N of N");
    EXPECT_EQ(name_of_kind("conv2d", false), "conv2d");
}

TEST(Accumulated, OnlyWhatIsAskedFor) {
    RecordingMaker maker;
    const Recording recording = list_in_a_loop(maker, 6);
    EXPECT_EQ(report_of(recording, {.pid = 100, .pool = Pool::kDram, .op = "mat"}).owners.size(), 1u);
    EXPECT_TRUE(report_of(recording, {.pid = 7}).owners.empty());
    EXPECT_TRUE(report_of(recording, {.pool = Pool::kL1}).owners.empty());
    EXPECT_TRUE(report_of(recording, {.op = "add"}).owners.empty());
    EXPECT_TRUE(report_of(recording, {.allocation_class = AllocationClass::kRuntime}).owners.empty());
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/growth.h"

#include <gtest/gtest.h>

#include "tests/support/sample_growth.h"

namespace ttmem {
namespace {

TEST(GrowthText, NamesTheLeakAndTheCacheThatGrows) {
    const Recording recording = growing_recording();
    EXPECT_EQ(
        growth_text({recording, growth_of(recording), {}, 10}, {}),
        "`matmul` leaks 128 KiB an iteration in dram: it grew in 4 of 4 iterations after the warm-up, by 512 KiB on "
        "all "
        "chips together.\n"
        "\n"
        "CERTAINTY  PID  OP      CLASS   POOL  GREW IN  PER ITERATION  ALLOCATIONS  GREW BY\n"
        "certain    100  matmul  tensor  dram   4 of 4        128 KiB           +4  512 KiB\n"
        "\n"
        "Program cache of process 100: 2 programs after the warm-up, 6 at the end; it grew in 4 of 4 iterations.\n"
        "PID  POOL  HELD BY PROGRAMS  ALLOCATIONS  GREW IN   GREW BY\n"
        "100  dram          24.0 KiB            6   4 of 4  16.0 KiB\n"
        "\n"
        "Recorded: 31 s, 30 events of 1 process.\n");
}

TEST(GrowthText, OfIterationsNamedByNumberSaysWhatTheirNamesHaveInCommon) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1}), exp = maker.text("exp");
    std::vector<uint64_t> list;
    for (int step = 0; step < 3; ++step) {
        maker.begin_iteration();
        maker.events.back().name = maker.text("step " + std::to_string(step));
        list.push_back(maker.alloc(chip, Pool::kDram, 1024, exp));
        maker.end_iteration();
    }
    for (const uint64_t handle : list) maker.free(handle);
    const Recording recording = maker.finish();
    const std::string text = growth_text({recording, growth_of(recording), {}, 10}, {});
    EXPECT_NE(text.find("`step N` iterations"), std::string::npos) << text;
    EXPECT_EQ(text.find("step 0"), std::string::npos) << text;
    Snapshot end = recording.end;
    const LeakVerdict verdict = leak_verdict(recording, end);
    ASSERT_EQ(verdict.judgement.not_judged.size(), 1u);
    EXPECT_NE(verdict.judgement.not_judged[0].find("`step N` iterations"), std::string::npos)
        << verdict.judgement.not_judged[0];
}

TEST(GrowthText, ABlockThatALargerOneReplacesGrowsAndDoesNotLeak) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1}), concat = maker.text("concat");
    uint64_t before = 0;
    for (uint64_t i = 1; i <= 8; ++i) {
        maker.begin_iteration();
        const uint64_t made = maker.alloc(chip, Pool::kDram, i * 1024, concat);
        if (before != 0) maker.free(before);
        before = made;
        maker.end_iteration();
    }
    const Recording recording = maker.finish();
    EXPECT_TRUE(growth_text({recording, growth_of(recording), {}, 10}, {})
                    .starts_with("`concat` grows by 1.00 KiB an iteration in dram: it grew in 6 of 6 iterations"));
}

TEST(GrowthText, WithoutIterationsNothingIsKnown) {
    RecordingMaker maker;
    maker.alloc(maker.place({1}), Pool::kDram, 1);
    const Recording recording = maker.finish();
    EXPECT_TRUE(growth_text({recording, growth_of(recording), {}}, {}).starts_with("No iteration has ended"));
}

TEST(GrowthText, WhatIsSuppressedIsSaid) {
    const Recording recording = growing_recording();
    GrowthValues values{recording, growth_of(recording), {}};
    values.report.owners.clear();
    values.suppressed.push_back({"op:matmul", 1, {4, 0, 524288}});
    const std::string text = growth_text(values, {});
    EXPECT_NE(text.find("OWNERS  GREW BY  SUPPRESSED BY\n     1  512 KiB  op:matmul\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace ttmem

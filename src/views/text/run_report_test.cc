#include "src/views/text/run_report.h"

#include <gtest/gtest.h>

#include "src/analysis/sample_snapshot.h"

namespace ttmem {
namespace {

RunValues values_of(const Snapshot& s) {
    return {.command = {"python3", "model.py"},
            .run_id = "00000000000000000000000000000abc",
            .child_code = 0,
            .child_signal = 0,
            .exit_code = 0,
            .started_at = s.generated_at - 3 * kSecond,
            .snapshot = s,
            .chips = s.chips,
            .held = held_by_ended_processes(s),
            .verdicts = verdict_bytes(s, select(s, {}), s.coverage),
            .still_running = {}};
}

TEST(RunText, WhatWasUsedWhatIsLeftAndWhatToTypeNext) {
    const Snapshot s = sample_snapshot();
    RunValues values = values_of(s);
    values.child_code = 137;
    values.child_signal = 9;
    values.still_running = {{5, "sleep"}};
    EXPECT_EQ(run_text(values, {}),
              R"(ttmem: `python3` was ended by signal 9 after 3 s; 2 processes tracked on 2 chips
ttmem: reserved at the peak of a chip: dram 5.00 MiB of 12.0 GiB (<0.1%)
ttmem: left at the end: 1 allocation, 2.00 KiB requested, 24.0 KiB reserved, on all chips together
ttmem: still running: 5 (sleep)
ttmem: next: ttmem leaks --pid 200
)");
}

TEST(RunText, ARunThatRecordedNothingSaysSo) {
    const Snapshot s;
    RunValues values = values_of(s);
    values.started_at = 0;
    EXPECT_EQ(run_text(values, {}),
              R"(ttmem: `python3` ended with 0 after 0 us; 0 processes tracked on 0 chips
ttmem: it has recorded nothing: is its runtime linked to libttmem? next: ttmem doctor
)");
}

TEST(RunJson, TheReportHasTheAgreedNames) {
    const Snapshot s = sample_snapshot();
    const Json json = run_json(values_of(s));
    EXPECT_EQ(json["schema"], "ttmem.run/1");
    EXPECT_EQ(json["exit_code"], 0);
    EXPECT_EQ(json["chips"].size(), 2u);
    EXPECT_EQ(json["leaks"].size(), 1u);
    EXPECT_EQ(json["leaks"][0]["verdict"], "held_at_exit");
    EXPECT_EQ(json["verdicts"]["held_at_exit_bytes"], 2048);
    EXPECT_EQ(json["processes"].size(), 2u);
    EXPECT_EQ(json["still_running"], Json::array());
}

}  // namespace
}  // namespace ttmem

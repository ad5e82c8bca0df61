#include "src/views/text/check.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

CheckValues values_of_check(const Recording& recording) {
    return {recording,
            {{CheckOutcome::kPassed, "peak of l1", 2048, 1024, 1024, true, "", {}, {}},
             {CheckOutcome::kFailed,
              "peak of dram",
              1024,
              3072,
              3072,
              true,
              "",
              {{"`load`", 2048}, {"3 others", 1024}},
              {}},
             {CheckOutcome::kInconclusive, "leaks", 0, 0, std::nullopt, false, "2 % were <not> seen", {}, {}}},
            {},
            "run.ttmem"};
}

TEST(CheckText, BeginsWithTheOutcome) {
    const Recording recording = sample_recording();
    EXPECT_EQ(
        check_text(values_of_check(recording), {}),
        "Failed, 1 of 3 checks: peak of dram: 3.00 KiB, more than 1.00 KiB (by 2.00 KiB); then there were `load` 2.00 "
        "KiB, 3 others 1.00 KiB.\n"
        "\n"
        "CHECK         OUTCOME          FOUND     LIMIT\n"
        "peak of l1    passed        1.00 KiB  2.00 KiB\n"
        "peak of dram  failed        3.00 KiB  1.00 KiB\n"
        "leaks         inconclusive      >= 0         0\n"
        "leaks: 2 % were <not> seen\n"
        "\n"
        "Recorded: 16 s, 15 events of 1 process.\n");
}

TEST(CheckText, NamesWhoLeft) {
    const Recording recording = sample_recording();
    CheckValues values = values_of_check(recording);
    values.lines = {{CheckOutcome::kFailed, "leaks", 0, 12, std::nullopt, false, "", {}, {{"`exp`", 9}, {"`add`", 3}}}};
    EXPECT_TRUE(check_text(values, {})
                    .starts_with("Failed, 1 of 1 check: leaks: >= 12, more than 0 (by 12); of `exp` 9, `add` 3.\n"))
        << check_text(values, {});
}

TEST(CheckText, AnnotatesWhatDidNotPass) {
    const Recording recording = sample_recording();
    EXPECT_EQ(
        check_annotations(values_of_check(recording)),
        "::error title=ttmem check::peak of dram: 3.00 KiB, more than 1.00 KiB (by 2.00 KiB); then there were `load` "
        "2.00 "
        "KiB, 3 others 1.00 KiB\n"
        "::warning title=ttmem check::leaks: >= 0; whether it is within 0 cannot be told: 2 %25 were <not> seen\n");
}

TEST(CheckText, WritesAJunitReportInWhichNothingUnknownPasses) {
    const Recording recording = sample_recording();
    const std::string junit = check_junit(values_of_check(recording));
    EXPECT_NE(junit.find("tests=\"3\" failures=\"1\" errors=\"1\""), std::string::npos) << junit;
    EXPECT_NE(junit.find("<testcase classname=\"run.ttmem\" name=\"peak of l1\"/>\n"), std::string::npos) << junit;
    EXPECT_NE(junit.find("2 % were &lt;not> seen"), std::string::npos) << junit;
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/timeline.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(TimelineText, DrawsACurveWithWhatHappenedUnderIt) {
    const Recording recording = sample_recording();
    Look look;
    look.width = 52;
    const TimelineValues values{recording, timeline_of(recording, timeline_slots(look, ChartForm::kAscii))};
    EXPECT_EQ(timeline_text(values, ChartForm::kAscii, look),
              "dram peaked at 9.06 GiB of 12.0 GiB (75.5%) on chips\n"
              "  0-1 in `matmul` of iteration 2: 88.3% persistent,\n"
              "  11.0% intermediate, 0.7% leaked.\n"
              "\n"
              "dram of each of chips 0-1: peak 9.06 GiB of 12.0 GiB\n"
              "  (75.5%)\n"
              "  12.0 GiB |\n"
              "           |          ......           ......\n"
              "           |  ######################################\n"
              "           |  ######################################\n"
              "           |  ######################################\n"
              "       0 B |  ######################################\n"
              "                                          ^\n"
              "  iteration      |1               |2\n"
              "         op        |matmul           |matmul\n"
              "            0 s                                 16 s\n"
              "\n"
              "^ peak\n"
              "Each step of a curve is the largest use in 400 ms.\n"
              "Recorded: 16 s, 15 events of 1 process.\n");
}

}  // namespace
}  // namespace ttmem

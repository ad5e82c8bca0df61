#include "src/views/text/timeline.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

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
              "  11.0% intermediate, 0.7% leaked in the end.\n"
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

// "tt...ul" says nothing.
TEST(TimelineText, WritesANameWholeOrWithoutItsFirstPartOrNotAtAll) {
    Recording recording = sample_recording();
    for (std::string& text : recording.end.texts) {
        if (text == "matmul") text = "ttnn.matmul_of_a_long_name";
    }
    const auto drawn = [&](size_t width) {
        Look look;
        look.width = width;
        const TimelineValues values{recording, timeline_of(recording, timeline_slots(look, ChartForm::kAscii))};
        const std::string text = timeline_text(values, ChartForm::kAscii, look);
        const size_t line = text.find("\n         op ");
        return text.substr(line + 1, text.find('\n', line + 1) - line - 1);
    };
    std::set<std::string> written;
    for (size_t width = 40; width < 200; ++width) {
        const std::string line = drawn(width);
        const size_t begin = line.find('|') + 1;
        std::string name = line.substr(begin, line.find('|', begin) - begin);
        name.erase(name.find_last_not_of(' ') + 1);
        written.insert(name);
    }
    EXPECT_EQ(written, (std::set<std::string>{"", "matmul_of_a_long_name", "ttnn.matmul_of_a_long_name"}));
}

}  // namespace
}  // namespace ttmem

#include "src/views/text/info.h"

#include <gtest/gtest.h>

#include "tests/support/sample_capture.h"

namespace ttmem {
namespace {

TEST(InfoText, WhatIsInACapture) {
    const SampleCapture sample;
    EXPECT_EQ(info_text(sample.values(), {}),
              R"(run\x1b.ttmem: 1,000 events of 1 process in 4.00 KiB, with nothing lost.
Recorded from 2023-11-14T22:13:20.000Z to 2023-11-14T22:14:26.000Z, 1 min 6 s.
PID  STATE       LEVEL   LIVE BEFORE  LIVE AT THE END  HELD AT EXIT  COMMAND
 42  no cleanup  events            1                0             3  py\x1bthon
Its events take 2.44 KiB (2.5 B each); of its end it has 3 allocations and 0 live programs.
)");
}

TEST(InfoText, OnWhatItRanAndHowOften) {
    SampleCapture sample;
    Process& process = sample.recording.end.processes[0];
    process.command_line = "python3 model.py --batch 32";
    process.iterations_begun = 40;
    for (const uint64_t id : {1, 2}) {
        ChipDescription& chip = process.chips.emplace_back().chip;
        chip.id = ChipId{id}, chip.arch = "wormhole_b0";
    }
    const std::string text = info_text(sample.values(), {});
    EXPECT_NE(text.find("\n2 chips of wormhole_b0.\n"), std::string::npos) << text;
    EXPECT_NE(text.find("ITERATIONS  COMMAND\n"), std::string::npos) << text;
    EXPECT_NE(text.find("        40  python3 model.py --batch 32\n"), std::string::npos) << text;
}

TEST(InfoText, WhatItLacks) {
    SampleCapture sample;
    sample.facts.finished = false;
    sample.facts.readable_bytes = 4000;
    sample.recording.gaps.push_back(
        {ProcessIndex{0}, 1, 1'700'000'010'000'000'000, 77, "its rings were overwritten before they could be read"});
    const std::string text = info_text(sample.values(), {});
    EXPECT_EQ(text.find("Not whole: run\\x1b.ttmem: 1,000 events of 1 process in 4.00 KiB, of which 3.91 KiB"), 0u)
        << text;
    EXPECT_NE(text.find("Gap: process 42, 77 events until 2023-11-14T22:13:30.000Z: its rings were overwritten before "
                        "they could be read.\n"),
              std::string::npos)
        << text;
}

}  // namespace
}  // namespace ttmem

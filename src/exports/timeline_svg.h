// The use of each pool over time as one picture, made to be dropped into a bug report: self-contained, light and dark,
// text as text. At most some hundred marks per pool, whatever the recording's size.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/analysis/recording/timeline.h"

namespace ttmem {

// Words that the one who asks has: they may hold foreign names.
struct TimelineWords {
    std::string title;                // "ttmem timeline: run.ttmem"
    std::string verdict;              // the first sentence
    std::vector<std::string> panels;  // of each pool that is drawn: "dram of each of chips 0-7"; as many as are drawn
    std::string note;                 // what is missing; "" nothing
    std::string left_out = {};        // a sentence about curves that are not drawn; "" all are
    std::string to_widen = {};        // a sentence: how to see the whole, where a part is drawn, or it by time
    // "chip 3": where a failure was; none where there is one chip alone.
    std::function<std::string(const std::vector<ChipId>&)> chips = {};
};

constexpr size_t kSvgSlots = 240;

std::string timeline_svg(const Timeline& timeline, const TimelineWords& words);

}  // namespace ttmem

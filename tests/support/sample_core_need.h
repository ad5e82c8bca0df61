// What the tests of views show of a core's L1: of matmul, on the two chips of sample_recording().
#pragma once

#include <algorithm>

#include "src/analysis/recording/core_need.h"
#include "tests/support/sample_recording.h"

namespace ttmem {

inline CoreNeed sample_core_need() {
    const std::vector<std::string> texts = sample_recording().end.texts;
    CoreNeed need;
    need.chips = {ChipId{0xa0}, ChipId{0xa1}};
    need.event = 9;
    need.at = RecordingMaker::kBegan + 9 * RecordingMaker::kStep;
    need.op = static_cast<uint32_t>(std::find(texts.begin(), texts.end(), "matmul") - texts.begin());
    need.iteration = 2;
    need.program = 7;
    need.cbs = {420 * 1024, {400 * 1024, 20 * 1024, 0}};
    need.largest_cbs = need.cbs.bytes;
    need.buffer_bytes = 512 * 1024;
    need.core_bytes = 1'430'528;
    return need;
}

}  // namespace ttmem

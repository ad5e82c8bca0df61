// Words that the answers about recordings share.
#pragma once

#include <string>
#include <vector>

#include "src/analysis/recording/peak.h"
#include "src/model/event.h"
#include "src/views/text/look.h"

namespace ttmem {

// "chip 3", "chips 0-7": as the processes of the recording number them, where they agree.
std::string chips_text(const Recording& recording, const std::vector<ChipId>& chips);
std::string chip_list(const Recording& recording, const std::vector<ChipId>& chips);  // "0-7"

// "+3.2 s" after the recording's zero, with the digits that it takes: --at it shows what was so from `at` until then.
// "-" unknown.
std::string since_begin(const Recording& recording, WallTime at, WallTime until);
inline std::string since_begin(const Recording& recording, WallTime at) { return since_begin(recording, at, at + 1); }

// "An allocation of 1.00 MiB by `add` failed", "Circular buffers of `softmax` did not fit".
std::string failed_words(const Recording& recording, const Failure& failure, const Look& look);
std::string failed_words(const std::string& op, const Failure& failure, const Look& look);

// Of the newest failure: what comes before any other verdict on a recording: "An allocation of 1.00 MiB by `add` failed
// at +1.28 s, the last of 2 that failed. "; "" where none did.
std::string failed_sentence(const Recording& recording, const Look& look);

// "`matmul` of iteration 41"; "" when neither is known.
std::string where_text(const Recording& recording, uint32_t op, uint32_t iteration);

// The name of an operation or tag for a cell; "-" without.
std::string text_cell(const Recording& recording, uint32_t text, size_t width = 48);

// "11.2 GiB", "9.0 GiB..11.2 GiB", ">= 9.0 GiB".
std::string peak_figure(const PoolPeak& peak, const Look& look);

// "Recorded: 214 s, 1,204,331 events of 1 process." with a newline.
std::string recorded_line(const Recording& recording);

}  // namespace ttmem

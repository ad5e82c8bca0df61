// Where a command gets a Recording from: a capture, or processes that live.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/apps/options/option_list.h"
#include "src/base/result.h"
#include "src/capture/capture_reader.h"
#include "src/collector/follower.h"  // live_recording()
#include "src/model/event.h"

namespace ttmem {

// Which part of a recording: moments as RFC 3339 says them, or distances such as 90s, 1.6s or "2 min 5 s" from its zero
// (glossary), with a minus before its end. "" is the whole.
struct Window {
    std::string from, to;
};
void add_window_options(OptionList& options, std::shared_ptr<Window> window);  // --from, --to

// A capture, or a part of it. What it lacks is in the coverage of its end, and in its gaps.
Result<Recording> open_recording(const std::string& path, const Window& window = {});

// A moment of a recording, told as in Window; nothing for what is no time.
std::optional<WallTime> parse_moment(const std::string& text, const Recording& recording);

// "10m", "1h30m", "90s", "90": seconds where no unit is said, one at least.
std::optional<WallTime> parse_duration(const std::string& text);

// Whether a file is a capture: by its first bytes, never by its name.
bool is_capture_file(const std::string& path);

// After an answer: an error where its recording could not be read to the end, so that the answer lacks something.
Result<void> was_read(const Recording& recording, const std::string& path);

}  // namespace ttmem

#include "src/apps/sources/recordings.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <string_view>
#include <utility>

#include "src/analysis/recording/overlap_finder.h"
#include "src/base/duration.h"
#include "src/base/fd.h"
#include "src/base/text.h"
#include "src/capture/window.h"
#include "src/collector/combine.h"

namespace ttmem {
namespace {

constexpr WallTime kNanosecondsOfASecond = 1'000'000'000;

// 0 for "". Nothing for what is no time. `to_its_end`: "12:00:00.215" is as long as its last digit says, for it may
// have been cut off after that.
std::optional<WallTime> moment(const std::string& text, const Recording& recording, bool to_its_end = false) {
    if (text.empty()) return 0;
    std::tm utc{};
    if (const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc); end != nullptr) {
        const std::string_view rest = end;
        if (!rest.empty() && rest != "Z" && rest.front() != '.') return std::nullopt;
        const WallTime seconds = ::timegm(&utc);
        if (rest.size() < 2 || rest.front() != '.') return seconds * kNanosecondsOfASecond;
        WallTime fraction = 0, unit = kNanosecondsOfASecond;
        for (const char c : rest.substr(1)) {
            if (c < '0' || c > '9' || unit == 1) break;
            unit /= 10;
            fraction += (c - '0') * unit;
        }
        return seconds * kNanosecondsOfASecond + fraction + (to_its_end ? unit - 1 : 0);
    }
    const bool before_end = text.front() == '-', after_begin = text.front() == '+';
    const std::optional<WallTime> distance =
        duration_from_text(std::string_view(text).substr(before_end || after_begin ? 1 : 0));
    if (!distance) return std::nullopt;
    return before_end ? recording.ended_at - *distance : recording.zero() + *distance;
}

}  // namespace

std::optional<WallTime> parse_moment(const std::string& text, const Recording& recording) {
    return text.empty() ? std::nullopt : moment(text, recording, true);
}

std::optional<WallTime> parse_duration(const std::string& text) {
    const std::optional<WallTime> duration = duration_from_text(text);
    return duration && *duration >= kNanosecondsOfASecond ? duration : std::nullopt;
}

void add_window_options(OptionList& options, std::shared_ptr<Window> window) {
    const auto add = [&](const char* name, std::string Window::*end, const char* description) {
        options.parsed(name, "TIME", description, [window, end](const std::string& text) {
            ((*window).*end) = text;
            return moment(text, {})
                       ? ""
                       : "`" + text + "` is neither 2026-11-29T00:47:11Z, nor 90s, 1.6s or 848ms, nor -10m";
        });
    };
    add("--from", &Window::from,
        "Only what happened after this time: absolute, or relative to the beginning (90s, 848ms) or end (-10m)");
    add("--to", &Window::to, "Only what happened before this time, in the same forms as --from");
}

Result<Recording> open_recording(const std::string& path, const Window& window) {
    Result<Capture> capture = open_capture(path);
    if (!capture) return capture.error();
    Recording& recording = capture->recording;
    // Its processes are as its last events leave them, which is later than its last state.
    if (!capture->facts.finished)
        recording.end.chips = combine_chips(recording.end, Which::kLive, recording.end.coverage);
    // What it lacks is then whatever was to be in it.
    if (recording.end.processes.empty() && !recording.end.coverage.complete) recording.end.coverage.unread = true;
    const std::optional<WallTime> from = moment(window.from, recording), to = moment(window.to, recording, true);
    if (!from || !to || (*from != 0 && *to != 0 && *to < *from)) {
        return Error{"there is no time between " + window.from + " and " + window.to, "", "ttmem info " + path};
    }
    Recording part = narrowed(std::move(recording), *from, *to);
    note_overlaps(part);
    return part;
}

bool is_capture_file(const std::string& path) {
    const ScopedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    std::array<char, 8> begin{};
    return file && ::pread(file.get(), begin.data(), begin.size(), 0) == static_cast<ssize_t>(begin.size()) &&
           is_capture(begin.data(), begin.size());
}

Result<void> was_read(const Recording& recording, const std::string& path) {
    if (recording.source == nullptr || !recording.source->failed()) return {};
    return Error{"the capture " + path + " could not be read to its end",
                 "a block of events has changed since it was opened, or is damaged",
                 "ttmem info " + path + " says which part is intact"};
}

}  // namespace ttmem

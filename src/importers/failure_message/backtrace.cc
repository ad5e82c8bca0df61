#include "src/importers/failure_message/backtrace.h"

#include <algorithm>
#include <array>

#include "src/importers/input/characters.h"
#include "src/importers/input/escapes.h"
#include "src/importers/input/log_lines.h"

namespace ttmem {
namespace {

constexpr size_t kMostTraceBytes = size_t{24} << 10, kBeforeTraceBytes = 1200;
// Lines that are no frames: between two frames, and as parts of one that was wrapped, whose parentheses are open.
constexpr size_t kMostLinesBetween = 3, kMostLinesOfFrame = 40;
constexpr std::string_view kFrameMark = "---";

// Takes the first line of `rest`, whose break may be spelled out.
std::string_view take_trace_line(std::string_view& rest) {
    size_t end = rest.find('\n');
    const size_t spelled = rest.substr(0, end).find("\\n");
    size_t skip = 1;
    if (spelled != std::string_view::npos) end = spelled, skip = 2;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + skip);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// The last component of the qualified name that ends at `end`, or is around it.
std::string_view component_before(std::string_view text, size_t end) {
    size_t begin = end;
    while (begin > 0 && is_word(text[begin - 1])) --begin;
    return text.substr(begin, end - begin);
}

// "ttnn::operations::x::permute" out of a frame; "" when it names no operation of ttnn.
std::string_view ttnn_function(std::string_view frame) {
    static constexpr std::array<std::string_view, 7> kNoOperation = {
        "ttnn::device_operation", "ttnn::decorators", "ttnn::detail", "ttnn::graph",
        "ttnn::operations::core", "ttnn::Tensor",     "ttnn::core"};
    size_t at = frame.find("ttnn::");
    if (at == std::string_view::npos || (at > 0 && is_word(frame[at - 1]))) return {};
    size_t end = at;
    while (end < frame.size() && (is_word(frame[end]) || frame[end] == ':')) ++end;
    const std::string_view name = frame.substr(at, end - at);
    for (const std::string_view none : kNoOperation) {
        if (name.starts_with(none)) return {};
    }
    return end < frame.size() && (frame[end] == '(' || frame[end] == '<') ? name : std::string_view();
}

std::optional<AskingOperation> operation_in(std::string_view frame) {
    constexpr std::string_view kOutput = "::create_output_tensors", kDeviceOperation = "DeviceOperation";
    if (const size_t output = frame.find(kOutput); output != std::string_view::npos) {
        const std::string_view name = component_before(frame, output);
        if (!name.empty()) return AskingOperation{std::string(name), true};
    }
    for (size_t at = frame.find(kDeviceOperation); at != std::string_view::npos;
         at = frame.find(kDeviceOperation, at + 1)) {
        const size_t end = at + kDeviceOperation.size();
        const std::string_view name = component_before(frame, end);
        if (name.size() > kDeviceOperation.size() && (end >= frame.size() || !is_word(frame[end]))) {
            return AskingOperation{std::string(name), false};
        }
    }
    if (const std::string_view name = ttnn_function(frame); !name.empty()) {
        return AskingOperation{std::string(name), false};
    }
    return std::nullopt;
}

// The frames of a backtrace, each on one line.
class Frames {
public:
    explicit Frames(std::string_view rest) : rest_(rest) {}

    std::optional<std::string> next() {
        for (size_t between = 0; begin_ == std::string_view::npos && between <= kMostLinesBetween; ++between) {
            if (rest_.empty()) break;
            take_line();
        }
        if (begin_ == std::string_view::npos) return std::nullopt;
        const std::string_view head = line_.substr(0, begin_);
        std::string frame(line_.substr(begin_ + kFrameMark.size()));
        begin_ = std::string_view::npos;
        for (size_t lines = 0; !rest_.empty() && is_open(frame, lines); ++lines) {
            take_line();
            if (begin_ != std::string_view::npos) break;
            frame += after_common_head(line_, head);
        }
        return frame;
    }

private:
    void take_line() {
        line_ = take_trace_line(rest_);
        begin_ = line_.find(kFrameMark);
        if (begin_ == std::string_view::npos) return;
        const size_t end = begin_ + kFrameMark.size();
        const bool is_rule = (begin_ > 0 && line_[begin_ - 1] == '-') || (end < line_.size() && line_[end] != ' ');
        if (is_rule) begin_ = std::string_view::npos;  // "----- Captured log call -----"
    }

    // Whether the frame goes on in the next line: its name is not whole, or its arguments are not.
    static bool is_open(std::string_view frame, size_t lines) {
        const auto opened = std::ranges::count(frame, '('), closed = std::ranges::count(frame, ')');
        if (opened > 0) return opened > closed && lines < kMostLinesOfFrame;
        const bool begins_name =
            frame.find_first_not_of(' ') == std::string_view::npos || frame.find("::") != frame.npos;
        return begins_name && lines < kMostLinesBetween;
    }

    std::string_view rest_, line_;
    size_t begin_ = std::string_view::npos;  // of the mark of a frame in line_, which no one has taken yet
};

// The lines of `text` that begin as the line of the message does, where that is what tells processes apart that print
// to one log: "[1,2]<stderr>: ", "(Worker_TP1 pid=301) ". All, where no other line begins so.
std::string of_one_process(std::string text, const std::string& head) {
    const bool may_tell = head.size() < 80 && head.find_first_of("0123456789") != std::string::npos;
    if (!may_tell || text.find("\n" + head) == std::string::npos) return text;
    std::string own;
    std::string_view rest(text);
    for (bool first = true; !rest.empty(); first = false) {
        const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
        if (first || rest.starts_with(head)) own += rest.substr(0, end);
        rest.remove_prefix(end);
    }
    return own;
}

// Another message, whose backtrace the next one is.
bool has_message(std::string_view text) {
    static constexpr auto kBeginnings =
        std::to_array<std::string_view>({"TT_FATAL", "TT_THROW", "Out of Memory: ", "Statically allocated "});
    return std::ranges::any_of(kBeginnings, [&](auto words) { return text.find(words) != std::string_view::npos; });
}

}  // namespace

std::optional<AskingOperation> asking_operation(std::string_view rest, std::string_view head) {
    // Most messages have no backtrace: only where one begins are its colors worth the copy.
    if (without_escapes(rest.substr(0, kBeforeTraceBytes)).find("backtrace:") == std::string::npos) return std::nullopt;
    const std::string plain =
        of_one_process(without_escapes(rest.substr(0, kBeforeTraceBytes + kMostTraceBytes)), without_escapes(head));
    std::string_view trace = plain;
    const size_t begin = trace.find("backtrace:");
    if (begin == std::string_view::npos || has_message(trace.substr(0, begin))) return std::nullopt;
    trace.remove_prefix(begin);
    take_trace_line(trace);
    Frames frames(trace);
    while (const std::optional<std::string> frame = frames.next()) {
        if (std::optional<AskingOperation> operation = operation_in(*frame)) return operation;
    }
    return std::nullopt;
}

}  // namespace ttmem

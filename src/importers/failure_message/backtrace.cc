#include "src/importers/failure_message/backtrace.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "src/importers/failure_message/failure_context.h"
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

constexpr std::string_view kDeviceOperation = "DeviceOperation";

// "NormDeviceOperation" of "(_ZN4ttnn4prim19NormDeviceOperation21create_output_tensorsE...": in a symbol as the linker
// has it, which a runtime could not read, each name has its length before it.
std::optional<AskingOperation> operation_in_symbol(std::string_view frame) {
    constexpr size_t kMostName = 100;
    if (frame.find("_ZN") == std::string_view::npos) return std::nullopt;
    for (size_t at = frame.find(kDeviceOperation); at != std::string_view::npos;
         at = frame.find(kDeviceOperation, at + 1)) {
        const size_t end = at + kDeviceOperation.size();
        for (size_t begin = at; begin-- > 0 && is_word(frame[begin]) && end - begin < kMostName;) {
            if (is_digit(frame[begin]) || !frame.substr(0, begin).ends_with(std::to_string(end - begin))) continue;
            const bool of_output = frame.substr(end).starts_with("21create_output_tensors");
            return AskingOperation{std::string(frame.substr(begin, end - begin)), of_output};
        }
    }
    return std::nullopt;
}

std::optional<AskingOperation> operation_in(std::string_view frame) {
    constexpr std::string_view kOutput = "::create_output_tensors";
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

// A message or a frame of another, whose backtrace the next one is.
bool is_of_another(std::string_view text) {
    static constexpr auto kBeginnings =
        std::to_array<std::string_view>({"Out of Memory: ", "Statically allocated ", "\n --- "});
    const auto has = [&](std::string_view words) { return text.find(words) != std::string_view::npos; };
    return std::ranges::any_of(kThrowMarks, has) || std::ranges::any_of(kBeginnings, has);
}

// Whether lines stand between the place in the source, with which the logger ends a message, and the backtrace: then it
// is of the next printing of some message.
bool is_apart(std::string_view before) {
    static constexpr auto kPlaces = std::to_array<std::string_view>({".hpp:", ".cpp:"});
    size_t place = std::string_view::npos;
    for (const std::string_view mark : kPlaces) place = std::min(place, before.find(mark));
    if (place != std::string_view::npos) place = before.find(')', place);
    if (place == std::string_view::npos) return false;
    const size_t line = before.find('\n', place), next = before.find('\n', std::min(line, before.size() - 1) + 1);
    return line != std::string_view::npos && next != std::string_view::npos && next > line + 1;
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
        if (begin_ == std::string_view::npos) {
            if (is_of_another(line_)) rest_ = {};  // the frames below are its
            return;
        }
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

// Where two processes print the same backtrace between each other's lines, its first frame comes twice before any other
// does. A frame that directly follows its like without that is of a function that calls another of its name.
class DoubledFrames {
public:
    bool is_of_two_processes(std::string_view frame) {
        std::string plain(frame.substr(0, frame.find(" [0x")));  // the address differs from process to process
        if (seen_.empty()) first_ = plain;
        const bool is_new = seen_.insert(plain).second, follows_its_like = plain == previous_ && plain != first_;
        previous_ = std::move(plain);
        return !is_new && !follows_its_like;
    }

private:
    std::unordered_set<std::string> seen_;
    std::string first_, previous_;
};

}  // namespace

std::optional<AskingOperation> asking_operation(std::string_view rest) {
    // Most messages have no backtrace: only where one begins are its colors worth the copy.
    if (without_escapes(rest.substr(0, kBeforeTraceBytes)).find("backtrace:") == std::string::npos) return std::nullopt;
    const std::string plain = without_escapes(rest.substr(0, kBeforeTraceBytes + kMostTraceBytes));
    std::string_view trace = plain;
    const size_t begin = trace.find("backtrace:");
    const std::string_view before = trace.substr(0, begin);
    if (begin == std::string_view::npos || is_of_another(before) || is_apart(before)) return std::nullopt;
    trace.remove_prefix(begin);
    take_trace_line(trace);
    trace = trace.substr(0, trace.find("backtrace:"));
    Frames frames(trace);
    DoubledFrames doubled;
    std::optional<AskingOperation> in_symbol;  // where no frame that can be read names one
    while (const std::optional<std::string> frame = frames.next()) {
        if (is_of_another(*frame)) return in_symbol;
        if (std::optional<AskingOperation> operation = operation_in(*frame)) return operation;
        if (doubled.is_of_two_processes(*frame)) return in_symbol;
        if (!in_symbol) in_symbol = operation_in_symbol(*frame);
    }
    return in_symbol;
}

}  // namespace ttmem

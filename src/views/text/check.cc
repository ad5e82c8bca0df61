#include "src/views/text/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/recorded.h"
#include "src/views/text/suppressed.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

std::string figure_text(const CheckLine& line, uint64_t value, const Look& look) {
    return line.is_bytes ? look.bytes(value) : with_commas(value);
}

std::string found_text(const CheckLine& line, const Look& look) {
    const std::string low = figure_text(line, line.low, look);
    if (!line.high) return ">= " + low;
    return *line.high == line.low ? low : low + ".." + figure_text(line, *line.high, look);
}

// "`load` 8.00 GiB, `matmul` 1.00 GiB".
std::string held_text(const CheckLine& line, const Look& look) {
    std::string text;
    for (const HeldBy& held : line.held)
        text += (text.empty() ? "" : ", ") + held.name + " " + look.bytes(held.reserved_bytes);
    return text;
}

// "`exp` 9, `matmul` 3".
std::string left_text(const CheckLine& line) {
    std::string text;
    for (const LeftCount& left : line.left)
        text += (text.empty() ? "" : ", ") + printable(left.name) + " " + with_commas(left.allocations);
    return text;
}

// "peak of dram is 11.2 GiB, more than the limit of 11.0 GiB".
std::string sentence(const CheckLine& line) {
    const Look look;
    const std::string limit = figure_text(line, line.limit, look), found = found_text(line, look);
    switch (line.outcome) {
        case CheckOutcome::kPassed:
            return fmt::format("{}: {}, within {}", line.name, found, limit);
        case CheckOutcome::kFailed:
            return fmt::format("{}: {}, more than {} (by {}){}{}", line.name, found, limit,
                               figure_text(line, line.low - line.limit, look),
                               line.held.empty() ? "" : "; then there were " + held_text(line, look),
                               line.left.empty() ? "" : "; of " + left_text(line));
        case CheckOutcome::kInconclusive:
            break;
    }
    return fmt::format("{}: {}; whether it is within {} cannot be told: {}", line.name, found, limit, line.why);
}

Tone tone_of(CheckOutcome outcome) {
    return outcome == CheckOutcome::kPassed   ? Tone::kGood
           : outcome == CheckOutcome::kFailed ? Tone::kBad
                                              : Tone::kWarning;
}

// Null: none has.
const CheckLine* first_failed(const CheckValues& values) {
    for (const CheckLine& line : values.lines) {
        if (line.outcome == CheckOutcome::kFailed) return &line;
    }
    return nullptr;
}

std::string verdict(const CheckValues& values) {
    const auto count = [&](CheckOutcome outcome) {
        return static_cast<size_t>(std::count_if(values.lines.begin(), values.lines.end(),
                                                 [&](const CheckLine& line) { return line.outcome == outcome; }));
    };
    const size_t failed = count(CheckOutcome::kFailed), open = count(CheckOutcome::kInconclusive);
    if (failed != 0) {
        return fmt::format("Failed, {} of {}: {}.", failed, counted(values.lines.size(), "check"),
                           sentence(*first_failed(values)));
    }
    if (open != 0)
        return fmt::format("Inconclusive: {} of {} cannot be judged.", open, counted(values.lines.size(), "check"));
    return fmt::format("Passed: {}.", counted(values.lines.size(), "check"));
}

// For attributes and text of XML; what it does not allow becomes "?".
std::string xml(const std::string& text) {
    std::string escaped;
    for (const char c : valid_utf8(text)) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            default:
                escaped += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
        }
    }
    return escaped;
}

// GitHub reads a command to the end of its line.
std::string annotation_text(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        escaped += c == '%' ? "%25" : c == '\r' ? "%0D" : c == '\n' ? "%0A" : std::string(1, c);
    }
    return escaped;
}

}  // namespace

std::string check_text(const CheckValues& values, const Look& look) {
    const CheckOutcome outcome = overall(values.lines);
    std::string text = wrapped(look.paint(tone_of(outcome), verdict(values)) + "\n", look) + "\n";
    Table table({{"CHECK"}, {"OUTCOME"}, {"FOUND", Align::kRight}, {"LIMIT", Align::kRight}});
    for (const CheckLine& line : values.lines) {
        table.add({line.name, Cell(std::string(outcome_name(line.outcome)), tone_of(line.outcome)),
                   found_text(line, look), figure_text(line, line.limit, look)});
    }
    text += table.render(look);
    std::string last;
    for (const CheckLine& line : values.lines) {
        if (line.why.empty() || line.why == last) continue;
        text += fmt::format("{}: {}\n", line.name, printable(line.why));
        last = line.why;
    }
    for (const CheckLine& line : values.lines) {
        if (line.outcome != CheckOutcome::kFailed || &line == first_failed(values)) continue;
        text += wrapped(sentence(line) + "\n", look);
    }
    text += wrapped(suppressed_line(values.suppressed, Over::kAllChips, look), look);
    return text + "\n" + recorded_line(values.recording) + coverage_lines(values.coverage, look);
}

std::string check_annotations(const CheckValues& values) {
    std::string text;
    for (const CheckLine& line : values.lines) {
        if (line.outcome == CheckOutcome::kPassed) continue;
        text += fmt::format("::{} title=ttmem check::{}\n", line.outcome == CheckOutcome::kFailed ? "error" : "warning",
                            annotation_text(printable(sentence(line))));
    }
    return text;
}

std::string check_junit(const CheckValues& values) {
    const auto count = [&](CheckOutcome outcome) {
        return std::count_if(values.lines.begin(), values.lines.end(),
                             [&](const CheckLine& line) { return line.outcome == outcome; });
    };
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    text += fmt::format("<testsuites>\n<testsuite name=\"ttmem check\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
                        values.lines.size(), count(CheckOutcome::kFailed), count(CheckOutcome::kInconclusive));
    for (const CheckLine& line : values.lines) {
        text += fmt::format("<testcase classname=\"{}\" name=\"{}\"", xml(values.source), xml(line.name));
        if (line.outcome == CheckOutcome::kPassed) {
            text += "/>\n";
            continue;
        }
        const char* element = line.outcome == CheckOutcome::kFailed ? "failure" : "error";
        text += fmt::format("><{} message=\"{}\"/></testcase>\n", element, xml(sentence(line)));
    }
    return text + "</testsuite>\n</testsuites>\n";
}

}  // namespace ttmem

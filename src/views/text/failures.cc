#include "src/views/text/failures.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/model/process_command.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr size_t kMostFailuresInText = 20;

std::string title_of(const FailureFigures& f) { return failure_words(f.kind, f.cb_words); }

std::string sentence(const std::string& text) { return text.empty() ? "" : "  " + printable(text) + "\n"; }

std::string chip_of(const PoolHolders& holders) {
    return "chip " + (holders.logical_id ? std::to_string(*holders.logical_id) : hex64(holders.chip.value));
}

std::string owner_of(const Snapshot& snapshot, const Holder& h) {
    return owner_text(snapshot, h.process, h.op, h.tag, h.allocation_class);
}

std::string holders_text(const PoolHolders& holders, const Snapshot& snapshot, const Look& look) {
    std::string text =
        fmt::format("  Now on {}, {} of {} in {}. The largest holders:\n", chip_of(holders),
                    look.bytes(holders.reserved_bytes), pool_name(holders.pool), counted(holders.allocations, "block"));
    for (const Holder& h : holders.largest) {
        text += fmt::format("    {} in {}: {}\n", look.bytes(h.reserved_bytes), counted(h.allocations, "block"),
                            printable(owner_of(snapshot, h)));
    }
    return text;
}

// "it failed 7 times, first 2026-05-04 15:31:52, last ...; printed 9 times"
std::string times_text(const FoundFailure& found) {
    std::string text;
    if (found.times > 1) {
        text = fmt::format(", failed {} times", with_commas(found.times));
        if (!found.first_time.empty())
            text += fmt::format(", first {}, last {}", printable(found.first_time), printable(found.last_time));
    } else if (!found.first_time.empty()) {
        text = ", at " + printable(found.first_time);
    }
    if (found.count > found.times) text += fmt::format(", printed {} times", with_commas(found.count));
    return text;
}

std::string message_heading(const ExplainedFailure& failure) {
    std::string where = failure.found.where.empty() ? "line " + with_commas(failure.found.line) : failure.found.where;
    where[0] = static_cast<char>(where[0] - 'a' + 'A');
    return fmt::format("{}: {}{}", where, title_of(failure.figures()), times_text(failure.found));
}

// Who asked, and for what: "By BinaryNgDeviceOperation (its output tensor), in tests/test_x.py::test_y."
std::string asker_text(const FoundFailure& found) {
    std::string text;
    if (!found.operation.empty())
        text = "by " + name_cell(found.operation, 120) + (found.of_output ? " (its output tensor)" : "");
    if (!found.test.empty()) text += (text.empty() ? "" : ", ") + std::string("in test ") + name_cell(found.test, 160);
    if (!found.test.empty() && found.failed > 1) text += fmt::format(" and {} more", with_commas(found.failed - 1));
    if (!found.model.empty())
        text += (text.empty() ? "" : ", ") + std::string("of model ") + name_cell(found.model, 120);
    if (text.empty()) return "";
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return "  " + text + ".\n";
}

// "Process 100 (llama), op `ttnn.concat`, mesh 0, 3 s ago: out of memory"; with its time where the process has ended or
// `s` is not of now.
std::string recorded_heading(const ExplainedFailure& failure, const Snapshot& s, bool is_now) {
    const Process& process = s.processes[failure.recorded->process.value];
    const Failure& f = process.failures[failure.recorded->failure];
    std::string text = fmt::format("Process {} ({})", process.pid, name_cell(command_of(process)));
    if (f.op != 0) text += fmt::format(", op `{}`", name_cell(s.texts[f.op]));
    if (f.tag != 0) text += fmt::format(", tag `{}`", name_cell(s.texts[f.tag]));
    if (f.place) text += ", " + printable(place_text(s.places[f.place->value]));
    const bool has_age = is_now && process.state == ProcessState::kLive && s.generated_at > f.at;
    if (f.at != 0) text += has_age ? ", " + age_text(s.generated_at, f.at) + " ago" : ", at " + rfc3339(f.at);
    return text + ": " + title_of(failure.figures());
}

// `verdict`: not where it already stands above.
std::string failure_text(const ExplainedFailure& failure, const Snapshot* snapshot, bool is_now, bool verdict,
                         const Look& look) {
    const FailureExplanation& e = failure.explanation;
    const bool recorded = failure.recorded && snapshot;
    std::string text =
        look.paint(Tone::kBold, recorded ? recorded_heading(failure, *snapshot, is_now) : message_heading(failure)) +
        "\n";
    const FailureMessage& message = failure.found.message;
    if (message.figures.kind == FailureKind::kUnknown && !recorded) text += sentence("`" + message.text + "`");
    text += (verdict ? sentence(e.verdict) : "") + asker_text(failure.found);
    text += sentence(e.asked) + sentence(e.had) + sentence(e.limit);
    if (!message.complete) {
        text += fmt::format(
            "  The message was cut off at `{}`: it does not say {}.\n", printable(message.cut_at),
            message.missing.empty() ? "the rest" : printable(fmt::format("{}", fmt::join(message.missing, ", "))));
    } else if (const std::string omits = what_its_form_omits(message); !omits.empty() && !failure.recorded) {
        text += fmt::format("  The message does not say {}.\n", omits);
    }
    if (!e.remedies.empty()) {
        const bool one = failure.figures().kind == FailureKind::kOutOfMemory;  // later ones may need more
        text += one ? "  What would help, for this one allocation:\n" : "  What would help:\n";
    }
    for (const Remedy& remedy : e.remedies) text += "    - " + printable(remedy.text) + "\n";
    if (e.holders && snapshot) text += holders_text(*e.holders, *snapshot, look);
    for (const std::string& note : e.notes) text += sentence(note);
    return text;
}

}  // namespace

std::string failures_text(const ExplainedFailures& shown, const Snapshot* snapshot, bool is_now, const Look& look) {
    const size_t told = std::min(shown.failures.size(), kMostFailuresInText);
    std::string text;
    for (size_t i = 0; i < told; ++i) {
        text +=
            (i == 0 ? "" : "\n") + failure_text(shown.failures[i], snapshot, is_now, shown.failures.size() > 1, look);
    }
    if (const size_t rest = shown.failures.size() - told; rest != 0) {
        text += fmt::format("\n{} with --json.\n", counted(rest, "more failure"));
    }
    if (shown.more != 0) text += fmt::format("{} not kept.\n", counted(shown.more, "further failure"));
    return wrapped_below(text, look);
}

std::string failure_line(const ExplainedFailure& failure, const Snapshot& snapshot, const Look& look) {
    const FailureFigures& f = failure.figures();
    const FailureExplanation& e = failure.explanation;
    std::string text;
    if (failure.recorded) {
        const Process& process = snapshot.processes[failure.recorded->process.value];
        const uint32_t op = process.failures[failure.recorded->failure].op;
        if (op != 0) text = name_cell(snapshot.texts[op]) + ": ";
    }
    text += title_of(f);
    if (f.requested_bytes && f.pool)
        text += fmt::format(", {} of {} asked for", look.bytes(f.requested_bytes), pool_name(*f.pool));
    if (e.missing_bytes) {
        text += fmt::format(", {} missing", look.at_least(e.missing_is_bound, look.bytes(e.missing_bytes)));
    } else if (e.missing_per_bank) {
        text += fmt::format(", {} missing {}", look.at_least(e.missing_is_bound, look.bytes(e.missing_per_bank)),
                            f.buffer_type.empty() ? "on each core" : "in each bank");
    }
    return text;
}

std::string failures_summary(const ExplainedFailures& shown) {
    std::string text;
    const auto add = [&](uint64_t count, std::string_view one, std::string_view many) {
        if (count != 0) text += (text.empty() ? "" : ", ") + counted(count, one, many);
    };
    add(shown.failed(), "failed allocation", "failed allocations");
    if (shown.failures.size() == 1 && shown.failed() > 1) text += " with the same figures";
    add(shown.warnings(), "warning", "warnings");
    add(shown.unrecognized(), "message that looks like one and is not known",
        "messages that look like one and are not known");
    if (text.empty()) return "no failed allocation";
    return text;
}

constexpr size_t kMostWordsInVerdict = 200;

std::string failures_verdict(const ExplainedFailures& shown) {
    if (shown.failures.empty()) return "";
    const auto first = std::ranges::find_if(shown.failures, [](const ExplainedFailure& failure) {
        return failure.figures().kind != FailureKind::kUnknown;
    });
    const ExplainedFailure& told = first == shown.failures.end() ? shown.failures.front() : *first;
    if (told.figures().kind != FailureKind::kUnknown || told.found.message.text.empty())
        return printable(told.explanation.verdict) + "\n";
    // Its own words say what is wrong, and nothing else does.
    return fmt::format("An allocation failed, it seems, in words that ttmem does not know: `{}`\n",
                       name_cell(told.found.message.text, kMostWordsInVerdict));
}

std::string explain_failures_text(const ExplainFailuresValues& values, const Look& look) {
    const std::string coverage = coverage_lines(values.coverage, look);
    const std::string head = look.paint(Tone::kBold, failures_verdict(values.shown)) +
                             fmt::format("{}: {}\n{}", printable(values.source), failures_summary(values.shown),
                                         values.shown.failures.empty() ? "" : "\n");
    return wrapped_below(head, look) + failures_text(values.shown, values.snapshot, values.is_now, look) +
           (coverage.empty() ? "" : "\n" + coverage);
}

namespace {

// "Only in A: line 12, out of memory; line 40, ..."
std::string alone_text(std::string_view source, const ExplainedFailures& of, const std::vector<uint32_t>& alone) {
    if (alone.empty()) return "";
    std::string text;
    for (size_t i = 0; i < std::min(alone.size(), kMostFailuresInText); ++i) {
        const ExplainedFailure& failure = of.failures[alone[i]];
        text += fmt::format("{}line {}, {}", i == 0 ? "" : "; ", with_commas(failure.found.line),
                            title_of(failure.figures()));
    }
    if (alone.size() > kMostFailuresInText)
        text += fmt::format("; {} with --json", counted(alone.size() - kMostFailuresInText, "more failure"));
    return fmt::format("\nOnly in {}: {}.\n", source, text);
}

}  // namespace

std::string compare_failures_text(const CompareFailuresValues& values, const Look& look) {
    const ComparedFailures& compared = values.compared;
    std::string text = look.paint(Tone::kBold, compared.pairs.empty() ? "They have no failure of the same kind.\n"
                                                                      : printable(compared.pairs[0].verdict) + "\n");
    text += fmt::format("A {}: {}\nB {}: {}\n", printable(values.source_a), failures_summary(values.a),
                        printable(values.source_b), failures_summary(values.b));
    size_t told = 0;
    for (const ComparedFailure& pair : compared.pairs) {
        if (++told > kMostFailuresInText) break;
        const ExplainedFailure &a = values.a.failures[pair.a], &b = values.b.failures[pair.b];
        text += fmt::format("\nLine {} of A and line {} of B: {}\n", with_commas(a.found.line),
                            with_commas(b.found.line), title_of(a.figures()));
        text += sentence(pair.verdict) + "  A: " + printable(a.explanation.asked) +
                "\n  B: " + printable(b.explanation.asked) + "\n";
    }
    if (compared.pairs.size() > kMostFailuresInText)
        text += fmt::format("\n{} with --json.\n", counted(compared.pairs.size() - kMostFailuresInText, "more pair"));
    text += alone_text("A", values.a, compared.only_a) + alone_text("B", values.b, compared.only_b);
    const std::string coverage = coverage_lines(values.coverage, look);
    return wrapped_below(text, look) + (coverage.empty() ? "" : "\n" + coverage);
}

}  // namespace ttmem

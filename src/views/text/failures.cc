#include "src/views/text/failures.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "src/analysis/story.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"

namespace ttmem {
namespace {

constexpr size_t kMostFailuresInText = 20;

std::string_view title_of(FailureKind kind) {
    switch (kind) {
        case FailureKind::kOutOfMemory:
            return "out of memory";
        case FailureKind::kCbClash:
            return "circular buffers clash with L1 buffers";
        case FailureKind::kCbOverflow:
            return "circular buffers do not fit into L1";
        case FailureKind::kTraceRegion:
            return "the trace region is too small";
    }
    return "failure";
}

std::string sentence(const std::string& text) { return text.empty() ? "" : "  " + printable(text) + "\n"; }

std::string chip_of(const PoolHolders& holders) {
    return "chip " + (holders.logical_id ? std::to_string(*holders.logical_id) : hex64(holders.chip.value));
}

std::string owner_of(const Snapshot& snapshot, const Holder& h) {
    return owner_text(snapshot, h.process, h.op, h.tag, h.allocation_class);
}

std::string holders_text(const PoolHolders& holders, const Snapshot& snapshot, const Look& look) {
    std::string text =
        fmt::format("  Now on {}, {} of {} in {}. The greatest holders:\n", chip_of(holders),
                    look.bytes(holders.reserved_bytes), pool_name(holders.pool), counted(holders.allocations, "block"));
    for (const Holder& h : holders.greatest) {
        text += fmt::format("    {} in {}: {}\n", look.bytes(h.reserved_bytes), counted(h.allocations, "block"),
                            printable(owner_of(snapshot, h)));
    }
    return text;
}

std::string message_heading(const ShownFailure& failure) {
    const std::string times = failure.count > 1 ? fmt::format(", printed {} times", with_commas(failure.count)) : "";
    return fmt::format("Line {}: {}{}", with_commas(failure.line), title_of(failure.figures.kind), times);
}

// "Process 100 (llama), op `ttnn.concat`, mesh 0, 3 s ago: out of memory"
std::string recorded_heading(const ShownFailure& failure, const Snapshot& s) {
    const Process& process = s.processes[failure.recorded->process.value];
    const Failure& f = process.failures[failure.recorded->failure];
    std::string text = fmt::format("Process {} ({})", process.pid, name_cell(process.comm));
    if (f.op != 0) text += fmt::format(", op `{}`", name_cell(s.texts[f.op]));
    if (f.tag != 0) text += fmt::format(", tag `{}`", name_cell(s.texts[f.tag]));
    if (f.place) text += ", " + printable(place_text(s.places[f.place->value]));
    if (f.at != 0) text += ", " + age_text(s.generated_at, f.at) + " ago";
    return text + ": " + std::string(title_of(failure.figures.kind));
}

std::string failure_text(const ShownFailure& failure, const Snapshot* snapshot, const Look& look) {
    const FailureExplanation& e = failure.explanation;
    const bool recorded = failure.recorded && snapshot;
    std::string text =
        look.paint(Tone::kBold, recorded ? recorded_heading(failure, *snapshot) : message_heading(failure)) + "\n";
    text += sentence(e.asked) + sentence(e.had) + sentence(e.limit);
    if (!failure.complete) {
        text += fmt::format(
            "  The message was cut off at `{}`: it does not say {}.\n", printable(failure.cut_at),
            failure.missing.empty() ? "the rest" : printable(fmt::format("{}", fmt::join(failure.missing, ", "))));
    } else if (!failure.omits.empty()) {
        text += fmt::format("  A message of this age does not say {}.\n", failure.omits);
    }
    if (!e.remedies.empty()) text += "  What would help:\n";
    for (const Remedy& remedy : e.remedies) text += "    - " + printable(remedy.text) + "\n";
    if (e.holders && snapshot) text += holders_text(*e.holders, *snapshot, look);
    for (const std::string& note : e.notes) text += sentence(note);
    return text;
}

}  // namespace

std::string failures_text(const ShownFailures& shown, const Snapshot* snapshot, const Look& look) {
    const size_t told = std::min(shown.failures.size(), kMostFailuresInText);
    std::string text;
    for (size_t i = 0; i < told; ++i) {
        text += (i == 0 ? "" : "\n") + failure_text(shown.failures[i], snapshot, look);
    }
    if (const size_t rest = shown.failures.size() - told; rest != 0) {
        text += fmt::format("\n{} with --json.\n", counted(rest, "more failure"));
    }
    if (shown.more != 0) text += fmt::format("{} not kept.\n", counted(shown.more, "further failure"));
    return text;
}

std::string explain_failures_text(const ExplainFailuresValues& values, const Look& look) {
    const std::string coverage = coverage_lines(values.coverage, look);
    const uint64_t all = values.shown.failures.size() + values.shown.more;
    return fmt::format("{}: {}\n{}", printable(values.source), counted(all, "failed allocation"),
                       values.shown.failures.empty() ? "" : "\n") +
           failures_text(values.shown, values.snapshot, look) + (coverage.empty() ? "" : "\n" + coverage);
}

}  // namespace ttmem

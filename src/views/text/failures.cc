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

Json figures_json(const FailureFigures& figures) {
    Json json;
    json["buffer_type"] = text_or_null(figures.buffer_type);
    json["pool"] = figures.pool ? Json(pool_name(*figures.pool)) : Json(nullptr);
    for (const NamedFigure& figure : kNamedFigures) json[std::string(figure.name)] = or_null(figures.*figure.value);
    json["core_range"] = text_or_null(figures.core_range);
    json["cores"] = nullptr;
    if (figures.cores) {
        const CoreRange& c = *figures.cores;
        json["cores"] = {{"x0", c.x0}, {"y0", c.y0}, {"x1", c.x1}, {"y1", c.y1}};
    }
    return json;
}

Json texts_json(const std::vector<std::string>& texts) {
    Json json = Json::array();
    for (const std::string& text : texts) json.push_back(valid_utf8(text));
    return json;
}

Json holders_json(const PoolHolders& holders, const Snapshot& snapshot) {
    Json json;
    json["pool"] = pool_name(holders.pool);
    json["chip_id"] = hex64(holders.chip.value);
    json["logical_id"] = or_null(holders.logical_id);
    json["allocations"] = holders.allocations;
    json["reserved_bytes"] = holders.reserved_bytes;
    json["greatest"] = Json::array();
    for (const Holder& h : holders.greatest) {
        json["greatest"].push_back({{"pid", snapshot.processes[h.process.value].pid},
                                    {"op", text_or_null(snapshot.texts[h.op])},
                                    {"tag", text_or_null(snapshot.texts[h.tag])},
                                    {"class", class_name(h.allocation_class)},
                                    {"allocations", h.allocations},
                                    {"bytes_per_bank", h.bytes_per_bank},
                                    {"reserved_bytes", h.reserved_bytes}});
    }
    return json;
}

Json explanation_json(const FailureExplanation& e, const Snapshot* snapshot) {
    Json json;
    json["cause"] = failure_cause_name(e.cause);
    json["asked"] = text_or_null(e.asked);
    json["had"] = text_or_null(e.had);
    json["limit"] = text_or_null(e.limit);
    json["missing_per_bank"] = or_null(e.missing_per_bank);
    json["missing_bytes"] = or_null(e.missing_bytes);
    json["remedies"] = Json::array();
    for (const Remedy& remedy : e.remedies) {
        json["remedies"].push_back({{"text", valid_utf8(remedy.text)}, {"bytes", or_null(remedy.bytes)}});
    }
    json["holders"] = e.holders && snapshot ? holders_json(*e.holders, *snapshot) : Json(nullptr);
    json["notes"] = texts_json(e.notes);
    return json;
}

Json recorded_json(const RecordedFailure& recorded, const Snapshot& s) {
    const Process& process = s.processes[recorded.process.value];
    const Failure& f = process.failures[recorded.failure];
    Json json;
    json["ledger"] = hex128(process.ledger.value);
    json["pid"] = process.pid;
    json["at"] = time_or_null(f.at != 0 ? std::optional(f.at) : std::nullopt);
    json["op"] = text_or_null(s.texts[f.op]);
    json["tag"] = text_or_null(s.texts[f.tag]);
    json["thread"] = f.thread != 0 ? Json(f.thread) : Json(nullptr);
    if (f.place) {
        add_place(json, s.places[f.place->value]);
    } else {
        json["place"] = json["chips"] = nullptr;
    }
    return json;
}

Json failure_json(const ShownFailure& failure, const Snapshot* snapshot) {
    Json json;
    json["kind"] = failure_kind_name(failure.figures.kind);
    json.update(figures_json(failure.figures));
    if (failure.recorded && snapshot) json.update(recorded_json(*failure.recorded, *snapshot));
    json["complete"] = failure.complete;
    json["missing"] = texts_json(failure.missing);
    json["cut_at"] = text_or_null(failure.cut_at);
    const auto of_message = [&](auto value) { return failure.recorded ? Json(nullptr) : Json(value); };
    json["line"] = of_message(failure.line);
    json["offset"] = of_message(failure.offset);
    json["count"] = failure.count;
    json["message"] = of_message(valid_utf8(failure.text));
    json["explanation"] = explanation_json(failure.explanation, snapshot);
    return json;
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

Json failures_json(const ShownFailures& shown, const Snapshot* snapshot) {
    Json json = Json::array();
    for (const ShownFailure& failure : shown.failures) json.push_back(failure_json(failure, snapshot));
    return json;
}

std::string explain_failures_text(const ExplainFailuresValues& values, const Look& look) {
    const std::string coverage = coverage_lines(values.coverage, look);
    const uint64_t all = values.shown.failures.size() + values.shown.more;
    return fmt::format("{}: {}\n{}", printable(values.source), counted(all, "failed allocation"),
                       values.shown.failures.empty() ? "" : "\n") +
           failures_text(values.shown, values.snapshot, look) + (coverage.empty() ? "" : "\n" + coverage);
}

Json explain_failures_json(const ExplainFailuresValues& values) {
    Json json = document("explain", values.generated_at, values.coverage);
    json["source"] = valid_utf8(values.source);
    json["failures"] = failures_json(values.shown, values.snapshot);
    json["failures_not_kept"] = values.shown.more;
    return json;
}

}  // namespace ttmem

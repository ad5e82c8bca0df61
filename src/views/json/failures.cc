#include "src/views/json/failures.h"

#include "src/base/text.h"

namespace ttmem {
namespace {

Json figures_json(const FailureFigures& figures) {
    Json json;
    json["buffer_type"] = text_or_null(figures.buffer_type);
    json["pool"] = figures.pool ? Json(pool_name(*figures.pool)) : Json(nullptr);
    for (const NamedFigure& figure : kNamedFigures) json[std::string(figure.name)] = or_null(figures.*figure.value);
    json["core_range"] = text_or_null(figures.core_range);
    json["core_type"] = text_or_null(figures.core_type);
    json["laid_out_as"] =
        figures.cb_region_end || figures.max_l1_bytes ? Json(cb_words_text(figures.cb_words)) : Json(nullptr);
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
    json["largest"] = Json::array();
    for (const Holder& h : holders.largest) {
        json["largest"].push_back({{"pid", snapshot.processes[h.process.value].pid},
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
    json["verdict"] = text_or_null(e.verdict);
    json["asked"] = text_or_null(e.asked);
    json["had"] = text_or_null(e.had);
    json["limit"] = text_or_null(e.limit);
    json["missing_per_bank"] = or_null(e.missing_per_bank);
    json["missing_bytes"] = or_null(e.missing_bytes);
    json["missing_is_bound"] = e.missing_is_bound;
    json["remedies"] = Json::array();
    for (const Remedy& remedy : e.remedies) {
        json["remedies"].push_back({{"kind", remedy.kind},
                                    {"text", valid_utf8(remedy.text)},
                                    {"bytes", or_null(remedy.bytes)},
                                    {"bytes_per", text_or_null(remedy.bytes_per)},
                                    {"chips", or_null(remedy.chips)},
                                    {"cores", or_null(remedy.cores)},
                                    {"address", or_null(remedy.address)}});
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

Json failure_json(const ExplainedFailure& failure, const Snapshot* snapshot) {
    Json json;
    const FoundFailure& found = failure.found;
    const FailureMessage& message = found.message;
    json["kind"] = failure_kind_name(message.figures.kind);
    json.update(figures_json(message.figures));
    if (failure.recorded && snapshot) json.update(recorded_json(*failure.recorded, *snapshot));
    json["complete"] = message.complete;
    json["missing"] = texts_json(message.missing);
    json["cut_at"] = text_or_null(message.cut_at);
    json["last_number_may_be_cut"] = message.figures.last_may_be_cut;
    const auto of_message = [&](auto value) { return failure.recorded ? Json(nullptr) : Json(value); };
    json["line"] = of_message(found.line);
    json["offset"] = of_message(found.offset);
    json["where"] = text_or_null(found.where);
    json["count"] = found.count;
    json["times"] = found.times;
    json["first_time"] = text_or_null(found.first_time);
    json["last_time"] = text_or_null(found.last_time);
    json["operation"] = text_or_null(found.operation);
    json["test"] = text_or_null(found.test);
    json["model"] = text_or_null(found.model);
    json["progress"] = nullptr;
    if (found.progress) {
        json["progress"] = {{"label", valid_utf8(found.progress->label)},
                            {"done", found.progress->done},
                            {"total", found.progress->total}};
    }
    json["message"] = of_message(valid_utf8(message.text));
    json["explanation"] = explanation_json(failure.explanation, snapshot);
    return json;
}

}  // namespace

Json failures_json(const ExplainedFailures& shown, const Snapshot* snapshot) {
    Json json = Json::array();
    for (const ExplainedFailure& failure : shown.failures) json.push_back(failure_json(failure, snapshot));
    return json;
}

void add_failures(Json& json, const ExplainedFailures& shown, const Snapshot* snapshot) {
    json["failures"] = failures_json(shown, snapshot);
    json["failures_not_kept"] = shown.more;
    json["failed"] = shown.failed();
    json["warnings"] = shown.warnings();
    json["unrecognized"] = shown.unrecognized();
}

Json explain_failures_json(const ExplainFailuresValues& values) {
    Json json = document("explain", values.generated_at, values.coverage);
    json["source"] = valid_utf8(values.source);
    add_failures(json, values.shown, values.snapshot);
    return json;
}

Json compare_failures_json(const CompareFailuresValues& values) {
    Json json = document("explain", values.generated_at, values.coverage);
    json["source"] = valid_utf8(values.source_a);
    json["compared_with"] = valid_utf8(values.source_b);
    json["failures"] = failures_json(values.a, nullptr);
    json["failures_of_other"] = failures_json(values.b, nullptr);
    json["pairs"] = Json::array();
    for (const ComparedFailure& pair : values.compared.pairs) {
        json["pairs"].push_back({{"failure", pair.a},
                                 {"other", pair.b},
                                 {"figure", pair.figure},
                                 {"value", or_null(pair.of_a)},
                                 {"other_value", or_null(pair.of_b)},
                                 {"verdict", pair.verdict}});
    }
    return json;
}

}  // namespace ttmem

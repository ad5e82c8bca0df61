#include "src/views/json/fit.h"

#include "src/base/text.h"
#include "src/views/json/core_need.h"

namespace ttmem {
namespace {

// Without names where those are parts: "persistent", "intermediate".
Json fit_shares(const std::vector<LiveShare>& shares, const std::vector<std::string>* names) {
    Json json = Json::array();
    for (const LiveShare& share : shares) {
        Json item;
        if (names != nullptr) {
            item["op"] = text_or_null(valid_utf8((*names)[share.op]));
        } else {
            item["part"] = part_name(share.part);
        }
        item["allocations"] = share.sum.allocations;
        item["reserved_bytes"] = share.sum.reserved_bytes;
        json.push_back(std::move(item));
    }
    return json;
}

Json fit_pool(const Fit& fit, const FitPool& pool) {
    const std::optional<Interval>& free = pool.largest_free_per_bank;
    return {{"pool", pool_name(pool.pool)},
            {"chips", pool.chips},
            {"peak_reserved_bytes", pool.peak_bytes},
            {"peak_reserved_bytes_max", or_null(pool.peak_bytes_max)},
            {"peak_exact", pool.exact()},
            {"capacity_bytes", or_null(pool.capacity_bytes)},
            {"headroom_bytes", pool.headroom ? Json(pool.headroom->low) : Json(nullptr)},
            {"headroom_bytes_max", pool.headroom ? Json(pool.headroom->high) : Json(nullptr)},
            {"banks", pool.banks != 0 ? Json(pool.banks) : Json(nullptr)},
            {"largest_free_bytes_per_bank", free ? Json(free->low) : Json(nullptr)},
            {"largest_free_bytes_per_bank_max", free ? Json(free->high) : Json(nullptr)},
            {"parts", fit_shares(pool.parts, nullptr)},
            {"ops", fit_shares(pool.ops, &fit.names)}};
}

Json fit_core(const Fit& fit) {
    if (!fit.core) return nullptr;
    const CoreNeed& need = *fit.core;
    Json json;
    json["op"] = text_or_null(valid_utf8(fit.names[need.op]));
    add_core_bytes(json, need);
    json["is_bound"] = need.is_low();
    return json;
}

Json fit_failure(const Fit& fit) {
    if (!fit.failure) return nullptr;
    const FailureExplanation& why = fit.failure->explanation;
    Json json;
    json["kind"] = failure_kind_name(fit.failure->figures().kind);
    json["cause"] = failure_cause_name(why.cause);
    json["operation"] = text_or_null(valid_utf8(fit.operation));
    json["inside"] = text_or_null(valid_utf8(fit.inside));
    json["verdict"] = valid_utf8(why.verdict);
    json["missing_bytes"] = or_null(why.missing_bytes);
    json["missing_per_bank"] = or_null(why.missing_per_bank);
    json["missing_is_bound"] = why.missing_is_bound;
    json["largest_free_bytes_per_bank"] = or_null(fit.failure->figures().largest_free_per_bank);
    json["remedies"] = Json::array();
    for (const Remedy& remedy : why.remedies) json["remedies"].push_back(valid_utf8(remedy.text));
    return json;
}

Json fit_settings(const std::vector<std::pair<std::string, std::string>>& settings) {
    Json json = Json::object();
    for (const auto& [name, value] : settings) json[name] = valid_utf8(value);
    return json;
}

Json fit_searched(const FitValues& values, const FitSearched& searched) {
    const auto value_at = [&](const std::optional<uint64_t>& position) -> Json {
        if (!position) return nullptr;
        return *parse_number(values.runs[searched.tried.at(*position)].settings.back().second);
    };
    const FitSearchAnswer& answer = searched.answer;
    Json json;
    json["machine"] = valid_utf8(searched.machine);
    json["settings"] = fit_settings(searched.settings);
    json["name"] = searched.name;
    json["verdict"] = fit_search_verdict_name(answer.verdict);
    json["largest"] = value_at(answer.largest);
    json["next"] = value_at(answer.next);
    json["host_memory_short"] = value_at(answer.host_memory_short);
    json["unknown"] = value_at(answer.unknown);
    json["contrary"] = nullptr;
    if (answer.contrary)
        json["contrary"] = {{"does_not_fit", value_at(answer.contrary->first)},
                            {"fits", value_at(answer.contrary->second)}};
    json["tried"] = Json::array();
    for (const auto& [position, run] : searched.tried)
        json["tried"].push_back(
            {{"value", value_at(position)}, {"verdict", fit_verdict_name(values.runs[run].fit.verdict)}, {"run", run}});
    return json;
}

}  // namespace

Json fit_json(const FitValues& values) {
    Coverage coverage;
    for (const FitRun& run : values.runs) coverage.merge(run.fit.coverage);
    Json json = document("fit", values.generated_at, coverage);
    json["verdict"] = values.interrupted ? "interrupted" : fit_verdict_name(values.verdict());
    json["command"] = Json::array();
    for (const std::string& word : values.command) json["command"].push_back(valid_utf8(word));
    json["runs"] = Json::array();
    for (const FitRun& run : values.runs) {
        Json item;
        item["machine"] = valid_utf8(run.machine);
        auto settings = run.settings;
        item["searched"] = nullptr;
        if (!values.searches.empty()) {  // the value comes last
            item["searched"] = {{"name", settings.back().first}, {"value", *parse_number(settings.back().second)}};
            settings.pop_back();
        }
        item["settings"] = fit_settings(settings);
        item["verdict"] = fit_verdict_name(run.fit.verdict);
        item["reason"] = text_or_null(valid_utf8(run.fit.reason));
        item["host_memory"] = text_or_null(std::string(host_memory_name(run.fit.host_memory)));
        item["stand_in_compiler"] = run.stand_in_compiler;
        item["pools"] = Json::array();
        for (const FitPool& pool : run.fit.pools) item["pools"].push_back(fit_pool(run.fit, pool));
        item["fullest_core"] = fit_core(run.fit);
        item["failure"] = fit_failure(run.fit);
        item["capture"] = text_or_null(valid_utf8(run.capture));
        item["log"] = text_or_null(valid_utf8(run.log));
        item["coverage"] = coverage_json(run.fit.coverage);
        json["runs"].push_back(std::move(item));
    }
    json["searches"] = Json::array();
    for (const FitSearched& searched : values.searches) json["searches"].push_back(fit_searched(values, searched));
    return json;
}

}  // namespace ttmem

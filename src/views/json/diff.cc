#include "src/views/json/diff.h"

#include <algorithm>

#include "src/base/text.h"
#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

Json run_json(const RunFigures& run) {
    Json json;
    json["name"] = valid_utf8(run.name);
    const auto time = [](WallTime at) { return at != 0 ? Json(rfc3339(at)) : Json(nullptr); };
    json["began_at"] = time(run.began_at);
    json["ended_at"] = time(run.ended_at);
    json["events"] = run.events;
    json["processes"] = run.processes;
    json["chips"] = run.chips;
    json["complete"] = run.coverage.complete;
    json["failures"] = run.failures;
    json["last_failure"] = nullptr;
    if (run.failure)
        json["last_failure"] = {{"op", text_or_null(run.failed_op)},
                                {"kind", failure_kind_name(run.failure->kind)},
                                {"requested_bytes", or_null(run.failure->requested_bytes)}};
    json["not_judged"] = run.leaks.judgement.sum.allocations;
    json["not_judged_requested_bytes_all_chips"] = run.leaks.judgement.sum.requested_bytes;
    return json;
}

Json rows_json(const std::vector<DiffRow>& rows, Json (*sum_of)(const Sum&)) {
    Json list = Json::array();
    for (size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
        Json item;
        item["op"] = text_or_null(rows[i].owner.op);
        item["tag"] = text_or_null(rows[i].owner.tag);
        item["line"] = text_or_null(rows[i].owner.line);
        item["change"] = change_name(rows[i].change());
        item["runs"] = Json::array();
        for (const Sum& sum : rows[i].runs) item["runs"].push_back(sum_of(sum));
        list.push_back(std::move(item));
    }
    return list;
}

uint64_t left_out(const std::vector<DiffRow>& rows) { return rows.size() - std::min(rows.size(), kMostRows); }

}  // namespace

Json diff_json(const DiffValues& values) {
    WallTime generated_at = 0;
    for (const RunFigures& run : values.runs) generated_at = std::max(generated_at, run.generated_at);
    Json json = document("diff", generated_at, values.diff.coverage);
    json["runs"] = Json::array();
    for (const RunFigures& run : values.runs) json["runs"].push_back(run_json(run));
    json["pools"] = Json::array();
    for (const PoolDiff& pool : values.diff.pools) {
        Json item;
        item["pool"] = pool_name(pool.pool);
        item["peak_growth_bytes_min"] = or_null(pool.growth_low());
        item["peak_growth_bytes_max"] = or_null(pool.growth_high());
        item["left_growth_bytes_all_chips"] = or_null(pool.left_growth());
        item["runs"] = Json::array();
        for (const PoolOfRun* run : pool.runs) {
            item["runs"].push_back({{"peak_reserved_bytes", run->low},
                                    {"peak_reserved_bytes_max", or_null(run->high)},
                                    {"at_peak", sum_json(run->at_peak)},
                                    {"unrecorded_bytes_at_peak", run->unrecorded_at_peak()},
                                    {"left", sum_on_all_chips_json(run->left)},
                                    {"left_is_known", run->left_is_known}});
        }
        item["owners_at_peak"] = rows_json(pool.at_peak, sum_json);
        item["owners_at_peak_left_out"] = left_out(pool.at_peak);
        item["owners_left"] = rows_json(pool.left, sum_on_all_chips_json);
        item["owners_left_left_out"] = left_out(pool.left);
        json["pools"].push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem

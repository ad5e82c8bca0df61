#include "src/views/json/growth.h"

#include <algorithm>

#include "src/base/text.h"
#include "src/views/json/leaks.h"
#include "src/views/json/recorded.h"

namespace ttmem {

void add_grown(Json& json, const Grown& grown, Over over) {
    const auto sum = over == Over::kOneChip ? sum_json : sum_on_all_chips_json;
    json["certainty"] = certainty_name(grown.certainty);
    json["grew_in"] = grown.grew_in;
    json["shrank_in"] = grown.shrank_in;
    json["until_freed"] = grown.until_freed != 0 ? Json(grown.until_freed) : Json(nullptr);
    json["first"] = sum(grown.first);
    json["last"] = sum(grown.last);
}

Json growth_json(const GrowthValues& values) {
    const GrowthReport& report = values.report;
    const Snapshot& tables = values.recording.end;
    Json json = recording_document("growth", values.recording, report.coverage);
    json["processes"] = Json::array();
    for (const ProcessGrowth& of : report.processes) {
        Json item = process_id_json(tables.processes[of.process]);
        item["iterations_ended"] = of.all_iterations;
        item["outermost_iterations"] = of.iterations;
        item["warm_up"] = of.warm_up;
        item["iterations_missing"] = of.iterations_missing;
        item["has_gap"] = of.has_gap;
        item["programs_first"] = of.programs.first;
        item["programs_last"] = of.programs.last;
        item["programs_grew_in"] = of.programs.grew_in;
        item["traces_first"] = of.traces.first;
        item["traces_last"] = of.traces.last;
        item["traces_grew_in"] = of.traces.grew_in;
        json["processes"].push_back(std::move(item));
    }
    const size_t shown = std::min(report.owners.size(), kMostRows);
    json["owners"] = Json::array();
    for (size_t i = 0; i < shown; ++i) {
        const OwnerGrowth& owner = report.owners[i];
        Json item = process_id_json(tables.processes[owner.process]);
        item["op"] = text_or_null(tables.texts[owner.op]);
        item["tag"] = text_or_null(tables.texts[owner.tag]);
        item["class"] = class_name(owner.allocation_class);
        item["pool"] = pool_name(owner.pool);
        item["several"] = owner.several;
        add_grown(item, owner.grown);
        item["outlived"] = owner.outlived != 0 ? Json(owner.outlived) : Json(nullptr);
        item["iterations_called"] = text_or_null(tables.texts[owner.iterations_called]);
        item["too_few"] = owner.too_few;
        json["owners"].push_back(std::move(item));
    }
    json["owners_left_out"] = report.owners.size() - shown;
    json["caches"] = Json::array();
    for (const CacheGrowth& cache : report.caches) {
        Json item = process_id_json(tables.processes[cache.process]);
        item["pool"] = pool_name(cache.pool);
        add_grown(item, cache.grown);
        json["caches"].push_back(std::move(item));
    }
    json["pinned"] = Json::array();
    for (size_t i = 0; i < std::min(report.pinned.size(), kMostRows); ++i) {
        const OwnerGrowth& owner = report.pinned[i];
        Json item = process_id_json(tables.processes[owner.process]);
        item["op"] = text_or_null(tables.texts[owner.op]);
        item["tag"] = text_or_null(tables.texts[owner.tag]);
        item["class"] = class_name(owner.allocation_class);
        item["pool"] = pool_name(owner.pool);
        item["iterations"] = owner.grown.grew_in;
        item.update(sum_on_all_chips_json(owner.grown.last));
        json["pinned"].push_back(std::move(item));
    }
    json["judgement"] = judgement_json(values.leaks.judgement);
    json["suppressed"] = Json::array();
    for (const GrowthValues::Suppressed& s : values.suppressed) {
        json["suppressed"].push_back(
            {{"line", valid_utf8(s.line)}, {"owners", s.owners}, {"grown_bytes_all_chips", s.grown.reserved_bytes}});
    }
    return json;
}

}  // namespace ttmem

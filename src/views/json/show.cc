#include "src/views/json/show.h"

#include "src/base/text.h"
#include "src/views/json/failures.h"

namespace ttmem {
namespace {

Json shown_chip_json(const ImportedChip& chip) {
    Json json = chip_json(chip.use);
    if (!chip.chip_id) json["chip_id"] = nullptr;
    json["name"] = text_or_null(chip.name);
    return json;
}

Json core_json(const std::optional<CorePeak>& core) {
    if (!core) return nullptr;
    return {{"bytes_per_core", or_null(core->bytes)},
            {"least_bytes_per_core", core->least()},
            {"buffer_bytes_per_core", core->buffer_bytes},
            {"cb_bytes_per_core", or_null(core->cb_bytes)},
            {"operation", text_or_null(core->operation)}};
}

Json peak_json(const ImportedChip& chip, Pool pool) {
    const ImportedPeak& peak = chip.peak(pool);
    Json json;
    json["chip"] = text_or_null(chip.name);
    json["chip_id"] = chip.chip_id ? Json(hex64(chip.chip_id->value)) : Json(nullptr);
    json["pool"] = pool_name(pool);
    json["requested_bytes"] = or_null(peak.requested_bytes);
    json["least_requested_bytes"] = or_null(peak.requested_bytes ? peak.requested_bytes : peak.least_requested_bytes);
    json["reserved_bytes"] = or_null(peak.reserved_bytes);
    json["bytes_per_bank"] = or_null(peak.bytes_per_bank);
    json["with_cb_bytes"] = or_null(peak.with_cb_bytes);
    json["reserved_with_cb_bytes"] = or_null(peak.reserved_with_cb_bytes);
    json["largest_core"] = core_json(peak.core);
    json["operation"] = text_or_null(peak.operation);
    json["with_cb_operation"] = text_or_null(peak.with_cb_operation);
    return json;
}

Json earlier_json(const ImportedUse& use) {
    Json json = Json::array();
    for (const Pool pool : kAllPools) {
        const ImportedEarlier& earlier = use.earlier[static_cast<size_t>(pool)];
        if (earlier.buffers == 0) continue;
        const bool sized = earlier.unsized < earlier.buffers;
        json.push_back({{"pool", pool_name(pool)},
                        {"buffers", earlier.buffers},
                        {"buffers_without_size", earlier.unsized},
                        {"bytes_all_chips", sized ? Json(earlier.bytes) : Json(nullptr)}});
    }
    return json;
}

}  // namespace

Json show_json(const ShowValues& values) {
    const ImportedUse& use = values.use;
    Json json = document("show", values.generated_at, use.coverage);
    json["source"] = valid_utf8(values.source);
    json["format"] = use.format;
    json["version"] = text_or_null(use.version);
    json["verdict"] = text_or_null(use.verdict);
    json["chips"] = Json::array();
    for (const ImportedChip& chip : use.chips) json["chips"].push_back(shown_chip_json(chip));
    json["operations"] = or_null(use.operations);
    json["top_level_operations"] = or_null(use.top_level_operations);
    json["allocations"] = or_null(use.allocations);
    json["frees"] = or_null(use.frees);
    json["cb_plans"] = or_null(use.cb_plans);
    json["circular_buffers"] = or_null(use.circular_buffers);
    json["circular_buffers_of_unknown_use"] = use.unread_circular_buffers;
    json["allocations_of_unknown_memory"] = use.allocations_without_pool;
    json["program_runs"] = or_null(use.program_runs);
    json["program_runs_without_cbs"] = use.runs_without_cbs;
    json["peak"] = Json::array();
    for (const ImportedChip& chip : use.chips) {
        for (const Pool pool : kChipPools) {
            if (chip.peak(pool).is_known()) json["peak"].push_back(peak_json(chip, pool));
        }
    }
    json["earlier"] = earlier_json(use);
    if (values.failures) add_failures(json, *values.failures, nullptr);
    return json;
}

}  // namespace ttmem

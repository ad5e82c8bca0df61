#include "src/views/json/show.h"

#include "src/base/text.h"
#include "src/views/json/failures.h"

namespace ttmem {
namespace {

Json shown_chip_json(const ShownChip& chip) {
    Json json = chip_json(chip.use);
    if (!chip.has_id) json["chip_id"] = nullptr;
    json["name"] = text_or_null(chip.name);
    return json;
}

Json peak_json(const ShowValues& values, const ShownPeak& peak) {
    const ShownChip& chip = values.chips[peak.chip];
    Json json;
    json["chip"] = text_or_null(chip.name);
    json["chip_id"] = chip.has_id ? Json(hex64(chip.use.chip.id.value)) : Json(nullptr);
    json["pool"] = pool_name(peak.pool);
    json["requested_bytes"] = or_null(peak.requested_bytes);
    json["reserved_bytes"] = or_null(peak.reserved_bytes);
    json["with_cb_bytes"] = or_null(peak.with_cb_bytes);
    json["reserved_with_cb_bytes"] = or_null(peak.reserved_with_cb_bytes);
    json["operation"] = text_or_null(peak.operation);
    json["with_cb_operation"] = text_or_null(peak.with_cb_operation);
    return json;
}

Json earlier_json(const ShowValues& values) {
    Json json = Json::array();
    for (const ShownEarlier& earlier : values.earlier) {
        json.push_back({{"pool", pool_name(earlier.pool)}, {"buffers", earlier.buffers}, {"bytes", earlier.bytes}});
    }
    return json;
}

}  // namespace

Json show_json(const ShowValues& values) {
    Json json = document("show", values.generated_at, values.coverage);
    json["source"] = valid_utf8(values.source);
    json["format"] = values.format;
    json["version"] = text_or_null(values.version);
    json["chips"] = Json::array();
    for (const ShownChip& chip : values.chips) json["chips"].push_back(shown_chip_json(chip));
    json["operations"] = or_null(values.operations);
    json["top_level_operations"] = or_null(values.top_level_operations);
    json["allocations"] = or_null(values.allocations);
    json["frees"] = or_null(values.frees);
    json["cb_plans"] = or_null(values.cb_plans);
    json["circular_buffers"] = or_null(values.circular_buffers);
    json["peak"] = Json::array();
    for (const ShownPeak& peak : values.peaks) json["peak"].push_back(peak_json(values, peak));
    json["earlier"] = earlier_json(values);
    if (values.failures) {
        json["failures"] = failures_json(*values.failures, nullptr);
        json["failures_not_kept"] = values.failures->more;
    }
    return json;
}

}  // namespace ttmem

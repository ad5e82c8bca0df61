#include "src/views/json/core_need.h"

#include "src/base/text.h"

namespace ttmem {

void add_core_bytes(Json& json, const CoreNeed& need) {
    const auto if_known = [&](uint64_t bytes) { return need.event != 0 ? Json(bytes) : Json(nullptr); };
    json["needed_bytes_per_core"] = if_known(need.bytes());
    json["circular_buffer_bytes_per_core"] = if_known(need.cbs.kinds[0]);
    json["dataflow_buffer_bytes_per_core"] = if_known(need.cbs.kinds[1]);
    json["scratchpad_bytes_per_core"] = if_known(need.cbs.kinds[2]);
    json["buffer_bytes_per_core"] = if_known(need.buffer_bytes);
    json["capacity_bytes_per_core"] = or_null(need.core_bytes);
}

Json core_need_json(const Recording& recording, const Holders& holders, const CoreNeed& need) {
    const Snapshot& tables = recording.end;
    const bool is_known = need.event != 0;
    const auto if_known = [&](const Json& value) { return is_known ? value : Json(nullptr); };
    Json json;
    json["chips"] = chip_ids_json(need.chips);
    json["event"] = need.event;
    json["at"] = need.at != 0 ? Json(rfc3339_of_event(need.at, need.until)) : Json(nullptr);
    json["pid"] = if_known(tables.processes[need.process].pid);
    json["op"] = text_or_null(tables.texts[need.op]);
    json["tag"] = text_or_null(tables.texts[need.tag]);
    json["iteration"] = need.iteration != 0 ? Json(need.iteration) : Json(nullptr);
    json["program"] = is_known ? holders.name(need.process, need.program) : Json(nullptr);
    add_core_bytes(json, need);
    json["most_circular_buffer_bytes_per_core"] = if_known(need.largest_cbs);
    json["is_bound"] = need.is_low();
    json["banks_differ"] = need.banks_differ;
    json["unknown_dispatches"] = need.unknown_dispatches;
    json["trace_replays"] = need.replays;
    return json;
}

Json core_needs_json(const Recording& recording, const Holders& holders, const std::vector<CoreNeed>& needs) {
    Json json = Json::array();
    for (const CoreNeed& need : needs) json.push_back(core_need_json(recording, holders, need));
    return json;
}

}  // namespace ttmem

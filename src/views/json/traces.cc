#include "src/views/json/traces.h"

#include "src/base/text.h"
#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

Json when(WallTime at) { return time_or_null(at == 0 ? std::nullopt : std::optional(at)); }

Json region_json(const Recording& recording, const TraceRegion& region) {
    Json json;
    json["chips"] = chip_ids_json(recording.end.places[region.place].chips);
    json["pid"] = recording.end.processes[region.process].pid;
    json["traces"] = region.traces;
    json["live"] = region.live;
    json["never_released"] = region.never_released;
    json["iterations_of_never_released"] = region.iterations;
    json["banks"] = region.banks;
    json["peak_bytes"] = saturating_multiply(region.peak_per_bank, region.banks);
    json["peak_bytes_per_bank"] = region.peak_per_bank;
    json["peak_at"] = when(region.peak_at);
    json["all_bytes"] = saturating_multiply(region.all_per_bank, region.banks);
    json["all_bytes_per_bank"] = region.all_per_bank;
    json["region_bytes_per_bank"] = or_null(region.region_per_bank);
    json["headroom_bytes_per_bank"] =
        region.region_per_bank ? Json(*region.region_per_bank - std::min(*region.region_per_bank, region.peak_per_bank))
                               : Json(nullptr);
    return json;
}

Json block_json(const Recording& recording, const BlockInTheWay& in_way) {
    const LiveBlock& block = in_way.block;
    Json json;
    json["id"] = hex64(block.handle);
    json["op"] = text_or_null(recording.end.texts[block.op]);
    json["tag"] = text_or_null(recording.end.texts[block.tag]);
    json["class"] = class_name(block.allocation_class);
    json["pool"] = pool_name(block.pool);
    json["address"] = block.address;
    json["requested_bytes"] = block.requested_bytes;
    json["bytes_per_bank"] = block.bytes_per_bank;
    json["overlap_bytes_per_bank"] = in_way.overlap_bytes_per_bank;
    json["since"] = when(block.since);
    json["is_live"] = in_way.is_live;
    json["overwritten_by_replay"] = in_way.overwritten_by == 0 ? Json(nullptr) : Json(in_way.overwritten_by);
    json["overwritten_at"] = when(in_way.overwritten_at);
    return json;
}

std::string_view state_of(const CapturedTrace& trace) {
    if (trace.released) return "released";
    if (trace.by_close) return "released_by_close";
    return trace.ended ? "held_at_exit" : "live";
}

}  // namespace

Json traces_json(const TracesValues& values) {
    const Recording& recording = values.recording;
    Json json = recording_document("traces", recording, values.report.coverage);
    json["regions"] = Json::array();
    for (const TraceRegion& region : values.report.regions) json["regions"].push_back(region_json(recording, region));
    json["traces"] = Json::array();
    size_t left_out = 0;
    for (const CapturedTrace& trace : values.report.traces) {
        if (json["traces"].size() == kMostRows) {
            ++left_out;
            continue;
        }
        Json item;
        item["id"] = hex64(trace.handle);
        item["pid"] = recording.end.processes[trace.process].pid;
        item["chips"] = chip_ids_json(recording.end.places[trace.place].chips);
        item["name"] = text_or_null(recording.end.texts[trace.name]);
        item["op"] = text_or_null(recording.end.texts[trace.op]);
        item["iteration"] = trace.iteration == 0 ? Json(nullptr) : Json(trace.iteration);
        item["captured_at"] = when(trace.captured_at);
        item["captured_before_recording"] = trace.before;
        item["begin_known"] = trace.begin_known;
        item["released_at"] = when(trace.released_at);
        item["state"] = state_of(trace);
        item["replays"] = trace.replays;
        item["commands"] = sum_json(trace.commands);
        item["made_while_it_lived"] = sum_json(trace.made_while_it_lived);
        item["in_the_way"] = trace.before ? Json(nullptr) : Json(trace.in_the_way);
        item["overwritten"] = trace.before ? Json(nullptr) : Json(trace.overwritten);
        item["blocks"] = Json::array();
        for (const BlockInTheWay& block : trace.blocks) item["blocks"].push_back(block_json(recording, block));
        json["traces"].push_back(std::move(item));
    }
    json["traces_left_out"] = left_out;
    return json;
}

}  // namespace ttmem

#include "src/views/json/timeline.h"

#include "src/base/text.h"
#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

Json spans_json(const std::vector<TimelineSpan>& spans) {
    Json json = Json::array();
    for (const TimelineSpan& span : spans) {
        json.push_back({{"begin_slot", span.begin}, {"end_slot", span.end}, {"text", valid_utf8(span.text)}});
        if (!span.ended) json.back()["ended"] = false;
    }
    return json;
}

}  // namespace

Json timeline_json(const TimelineValues& values) {
    const Timeline& timeline = values.timeline;
    Json json = recording_document("timeline", values.recording, timeline.coverage);
    json["verdict"] = valid_utf8(values.verdict);
    json["axis"] = timeline.by_time ? "time" : "events";
    const bool is_known = timeline.by_time && timeline.from != 0;
    json["from"] = is_known ? Json(rfc3339(timeline.from)) : Json(nullptr);
    json["to"] = is_known ? Json(rfc3339(timeline.to)) : Json(nullptr);
    json["slots"] = timeline.slot_count;
    json["steady_slot"] = or_null(timeline.steady);
    json["pools"] = Json::array();
    for (const PoolTimeline& pool : timeline.pools) {
        Json item;
        item["chips"] = chip_ids_json(pool.peak.chips);
        item["pool"] = pool_name(pool.peak.pool);
        item["capacity_bytes"] = or_null(pool.peak.capacity_bytes);
        item["peak_reserved_bytes"] = pool.peak.low;
        item["peak_reserved_bytes_max"] = or_null(pool.peak.high);
        item["peak_slot"] = pool.peak_slot;
        item["reserved_bytes"] = Json::array();
        for (const TimelineSlot& slot : pool.slots) item["reserved_bytes"].push_back(slot.bytes);
        for (const Band band : kAllBands) {
            Json& bytes = item["bands"][std::string(band_name(band))] = Json::array();
            for (const TimelineSlot& slot : pool.slots) bytes.push_back(slot.bands[static_cast<size_t>(band)]);
        }
        json["pools"].push_back(std::move(item));
    }
    json["operations"] = spans_json(timeline.operations);
    json["operations_left_out"] = timeline.operations_left_out;
    json["iterations"] = spans_json(timeline.iterations);
    json["iterations_left_out"] = timeline.iterations_left_out;
    json["failures"] = spans_json(timeline.failures);
    json["failures_left_out"] = timeline.failures_left_out;
    json["gaps"] = spans_json(timeline.gaps);
    return json;
}

}  // namespace ttmem

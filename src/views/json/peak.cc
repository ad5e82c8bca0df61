#include "src/views/json/peak.h"

#include <algorithm>

#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/json/core_need.h"
#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

Json share_json(const PeakValues& values, const Holders& holders, const LiveShare& share) {
    const Snapshot& tables = values.recording.end;
    Json json = process_id_json(tables.processes[share.process]);
    json["part"] = part_name(share.part);
    json["class"] = class_name(share.allocation_class);
    json["op"] = text_or_null(tables.texts[share.op]);
    json["tag"] = text_or_null(tables.texts[share.tag]);
    json["thread"] = share.thread != 0 ? Json(share.thread) : Json(nullptr);
    json["program"] = holders.name(share.process, share.holder);
    if (share.stack != 0) {
        json["line"] = text_or_null(line_of(tables, share.line));
        json["stack"] = stack_json(tables, share.stack);
    }
    json.update(sum_json(share.sum));
    return json;
}

Json moment_json(const PeakValues& values, const Holders& holders, const PeakMoment& moment, size_t& rows) {
    const Snapshot& tables = values.recording.end;
    Json json;
    json["event"] = moment.event;
    json["at"] = moment.at != 0 ? Json(rfc3339_of_event(moment.at, moment.until)) : Json(nullptr);
    json["pid"] = moment.event != 0 ? Json(tables.processes[moment.process].pid) : Json(nullptr);
    json["op"] = text_or_null(tables.texts[moment.op]);
    json["tag"] = text_or_null(tables.texts[moment.tag]);
    json["iteration"] = moment.iteration != 0 ? Json(moment.iteration) : Json(nullptr);
    json.update(sum_json(moment.live));
    for (const Part part : kAllParts) json["parts"][std::string(part_name(part))] = sum_json(moment.of(part));
    const size_t shown = std::min(moment.shares.size(), rows);
    rows -= shown;
    json["shares"] = Json::array();
    for (size_t i = 0; i < shown; ++i) json["shares"].push_back(share_json(values, holders, moment.shares[i]));
    json["shares_left_out"] = moment.shares.size() - shown;
    return json;
}

}  // namespace

Json peak_json(const PeakValues& values) {
    Json json = recording_document("peak", values.recording, values.peaks.coverage);
    json["verdict"] = valid_utf8(values.verdict);
    const Holders holders(values.recording.end);
    size_t rows = kMostRows;
    json["iterations_ended"] = values.peaks.iterations;
    json["peaks"] = Json::array();
    for (const PoolPeak& peak : values.peaks.pools) {
        Json item;
        item["chips"] = chip_ids_json(peak.chips);
        item["pool"] = pool_name(peak.pool);
        item["capacity_bytes"] = or_null(peak.capacity_bytes);
        item["peak_reserved_bytes"] = peak.low;
        item["peak_reserved_bytes_max"] = or_null(peak.high);
        item["peak_exact"] = peak.exact();
        item["is_bound"] = peak.is_bound;
        item["earlier_peak_reserved_bytes"] = peak.earlier != 0 ? Json(peak.earlier) : Json(nullptr);
        item["moment"] = moment_json(values, holders, peak.moment, rows);
        item["steady"] = peak.steady ? moment_json(values, holders, *peak.steady, rows) : Json(nullptr);
        json["peaks"].push_back(std::move(item));
    }
    json["cores"] = core_needs_json(values.recording, holders, values.peaks.cores);
    return json;
}

}  // namespace ttmem

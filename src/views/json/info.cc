#include "src/views/json/info.h"

#include <set>

#include "src/analysis/snapshot/select.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

Json known_time(WallTime time) { return time != 0 ? Json(rfc3339(time)) : Json(nullptr); }

}  // namespace

Json info_json(const InfoValues& values) {
    const CaptureFacts& facts = values.facts;
    const Recording& recording = values.recording;
    const Snapshot& end = recording.end;
    Json json = document("info", end.generated_at, end.coverage);
    json["file"] = valid_utf8(facts.path);
    json["bytes"] = facts.bytes;
    json["readable_bytes"] = facts.readable_bytes;
    json["finished"] = facts.finished;
    json["trouble"] = text_or_null(facts.trouble);
    json["began_at"] = known_time(recording.began_at);
    json["ended_at"] = known_time(recording.ended_at);
    json["events"] = recording.events;
    json["event_bytes"] = facts.event_bytes;
    json["events_lost"] = values.events_lost();
    json["first_event_at"] = known_time(facts.first_at);
    json["last_event_at"] = known_time(facts.last_at);
    json["live_before"] = recording.live_before.size();
    const auto standing = [&](Standing s) { return select(end, {.standing = s}).size(); };
    json["live_at_end"] = standing(Standing::kLive);
    json["held_at_exit"] = standing(Standing::kHeld);
    json["released_by_close"] = standing(Standing::kReleased);
    json["places"] = end.places.size();
    json["programs"] = end.programs.size();
    json["traces"] = end.traces.size();
    std::set<ChipId> chips;
    for (const Process& process : end.processes) {
        for (const ChipUse& use : process.chips) chips.insert(use.chip.id);
    }
    json["chips"] = chips.size();
    json["gaps"] = Json::array();
    for (const HistoryGap& gap : recording.gaps) {
        Json item = process_id_json(end.processes[gap.process.value]);
        item["from"] = known_time(gap.from);
        item["to"] = known_time(gap.to);
        item["events"] = gap.events != 0 ? Json(gap.events) : Json(nullptr);
        item["why"] = valid_utf8(gap.why);
        json["gaps"].push_back(std::move(item));
    }
    json["processes"] = Json::array();
    for (const Process& process : end.processes) json["processes"].push_back(process_json(process));
    return json;
}

}  // namespace ttmem

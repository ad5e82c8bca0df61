#include "src/views/json/page.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "src/analysis/recording/timeline_by_event.h"
#include "src/analysis/snapshot/overlaps.h"
#include "src/base/duration.h"
#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/model/process_command.h"
#include "src/views/json/accumulated.h"
#include "src/views/json/diff.h"
#include "src/views/json/failures.h"
#include "src/views/json/growth.h"
#include "src/views/json/headroom.h"
#include "src/views/json/leaks.h"
#include "src/views/json/lifetimes.h"
#include "src/views/json/map.h"
#include "src/views/json/peak.h"
#include "src/views/json/recorded.h"
#include "src/views/json/stats.h"
#include "src/views/json/suppressed.h"

namespace ttmem {
namespace {

// As --at takes it.
std::string when_text(const Timeline& timeline, const TimelineSlot& slot) {
    const WallTime at = std::max<WallTime>(0, slot.at - timeline.zero);
    return exact_duration(shortest_time_in(at, slot.until == kEver ? kEver : slot.until - timeline.zero));
}

// Slots that differ from the one before: a list for each column.
Json steps_json(const Timeline& timeline, const PoolTimeline& pool, bool has_times) {
    Json json, bands;
    for (const char* column : {"slot", "bytes", "event", "allocations"}) json[column] = Json::array();
    const auto same = [](const TimelineSlot& a, const TimelineSlot& b) {
        return a.bytes == b.bytes && a.event == b.event && a.bands == b.bands && a.allocations == b.allocations;
    };
    std::vector<size_t> steps;
    for (size_t i = 0; i < pool.slots.size(); ++i) {
        if (i == 0 || !same(pool.slots[i], pool.slots[i - 1])) steps.push_back(i);
    }
    for (const size_t i : steps) {
        const TimelineSlot& slot = pool.slots[i];
        json["slot"].push_back(i);
        json["bytes"].push_back(slot.bytes);
        json["event"].push_back(slot.event);
        json["allocations"].push_back(slot.allocations);
        if (has_times) json["when"].push_back(when_text(timeline, slot));
    }
    for (const Band band : kAllBands) {
        const auto of = static_cast<size_t>(band);
        if (std::none_of(steps.begin(), steps.end(), [&](size_t i) { return pool.slots[i].bands[of] != 0; })) continue;
        Json& column = bands[std::string(band_name(band))] = Json::array();
        for (const size_t i : steps) column.push_back(pool.slots[i].bands[of]);
    }
    json["bands"] = bands.is_null() ? Json::object() : bands;
    return json;
}

Json page_spans(const Timeline& timeline, const std::vector<TimelineSpan>& spans, bool has_times) {
    Json json = Json::array();
    for (const TimelineSpan& span : spans) {
        json.push_back({{"begin_slot", span.begin}, {"end_slot", span.end}, {"text", valid_utf8(span.text)}});
        if (span.bytes != 0) json.back()["requested_bytes"] = span.bytes;
        if (!span.ended) json.back()["ended"] = false;
        if (has_times && span.at > timeline.zero) json.back()["when"] = exact_duration(span.at - timeline.zero);
    }
    return json;
}

// `has_times`: also where the axis counts events.
Json timeline_columns(const Timeline& timeline, bool has_times) {
    Json json;
    json["axis"] = timeline.by_time ? "time" : "events";
    json["from"] = timeline.by_time && timeline.from != 0 ? Json(rfc3339(timeline.from)) : Json(nullptr);
    json["begin"] = timeline.by_time ? (timeline.from - timeline.zero) / 1000 : 0;
    json["span"] = timeline.by_time ? Json((timeline.to - timeline.from) / 1000) : Json(timeline.events);
    json["whole_begin"] = timeline.by_time ? (timeline.whole_from - timeline.zero) / 1000 : 0;
    json["whole_span"] =
        timeline.by_time ? Json((timeline.whole_to - timeline.whole_from) / 1000) : Json(timeline.events);
    json["events"] = timeline.events;
    json["slots"] = timeline.slot_count;
    json["steady_slot"] = or_null(timeline.steady);
    json["pools"] = Json::array();
    for (const PoolTimeline& pool : timeline.pools) {
        Json item = steps_json(timeline, pool, has_times);
        item["peak_slot"] = pool.peak_slot;
        json["pools"].push_back(std::move(item));
    }
    json["operations"] = page_spans(timeline, timeline.operations, has_times);
    json["operations_left_out"] = timeline.operations_left_out;
    json["iterations"] = page_spans(timeline, timeline.iterations, has_times);
    json["iterations_left_out"] = timeline.iterations_left_out;
    json["failures"] = page_spans(timeline, timeline.failures, has_times);
    for (size_t i = 0; i < timeline.failures.size(); ++i) {
        Json& curves = json["failures"][i]["curves"] = Json::array();
        for (size_t pool = 0; pool < timeline.pools.size(); ++pool) {
            if (is_failure_of(timeline.failures[i], timeline.pools[pool].peak)) curves.push_back(pool);
        }
    }
    json["failures_left_out"] = timeline.failures_left_out;
    json["gaps"] = page_spans(timeline, timeline.gaps, has_times);
    return json;
}

// What is known of each chip, by whichever process knows it.
Json page_chips(const Snapshot& tables) {
    std::map<uint64_t, const ChipUse*> known;
    for (const Process& process : tables.processes) {
        for (const ChipUse& use : process.chips) known.try_emplace(use.chip.id.value, &use);
    }
    std::vector<ChipUse> uses;
    for (const auto& [id, use] : known) uses.push_back(*use);
    Json json = Json::array();
    for (const ChipUse& use : in_order(uses)) {
        const ChipDescription& chip = use.chip;
        Json item = {{"chip_id", hex64(chip.id.value)},
                     {"logical_id", or_null(chip.logical_id)},
                     {"arch", text_or_null(chip.arch)},
                     {"l1_bytes_per_core", or_null(chip.l1_bytes_per_core)}};
        for (const Pool pool : kChipPools) {
            const auto& banks = chip.pools[static_cast<size_t>(pool)];
            if (!banks) continue;
            item["pools"][std::string(pool_name(pool))] = {{"banks", banks->banks},
                                                           {"bytes_per_bank", banks->bytes_per_bank}};
        }
        json.push_back(std::move(item));
    }
    return json;
}

// With their commands. What has no pid stands for an imported source, which is no process.
Json page_processes(const Snapshot& s, const Json& recorded) {
    Json json = Json::array();
    for (size_t i = 0; i < s.processes.size(); ++i) {
        if (s.processes[i].pid == 0) continue;
        json.push_back(recorded[i]);
        json.back()["command"] = valid_utf8(command_of(s.processes[i]));
    }
    return json;
}

Json page_left(const LeaksValues& values, size_t& rows) {
    const Snapshot& s = values.snapshot;
    Json json = Json::array();
    for (const LeftBy& left : values.leaks.left) {
        const Process& process = s.processes[left.process.value];
        Json item = process_id_json(process);
        item["comm"] = valid_utf8(process.comm);
        item["state"] = process_state_name(process.state);
        item.update(sum_on_all_chips_json(left.sum));
        item["circular_buffers_left_behind"] = left.plans.size();
        item["owners"] = Json::array();
        for (const Share& share : left.owners) {
            if (rows == 0) break;
            --rows;
            const Owner& owner = share.owner;
            Json row;
            row["verdict"] = owner.verdict ? Json(verdict_name(*owner.verdict)) : Json(nullptr);
            row["op"] = text_or_null(s.texts[owner.op]);
            row["tag"] = text_or_null(s.texts[owner.tag]);
            row["line"] = text_or_null(frame_words(s, owner.line));
            row["class"] = class_name(owner.allocation_class);
            row["pool"] = pool_name(owner.pool);
            row["program"] = owner.program != 0 ? text_or_null(program_name(s.programs[owner.program - 1])) : nullptr;
            row["program_ended"] = owner.holder_ended;
            row["chips"] = chip_ids_json(s.places[owner.place.value].chips);
            row["iterations"] = share.iterations;
            row.update(sum_on_all_chips_json(share.sum));
            item["owners"].push_back(std::move(row));
        }
        item["owners_left_out"] = left.owners.size() - item["owners"].size();
        json.push_back(std::move(item));
    }
    return json;
}

Json leaks_of_page(const LeaksValues& values) {
    size_t rows = kMostRows;
    Json json = document("leaks", values.snapshot.generated_at, values.snapshot.coverage);
    json["left"] = page_left(values, rows);
    json["accumulated"] = accumulated_json(values.snapshot, values.leaks.accumulated);
    json["suppressed"] = suppressed_json(values.leaks.suppressed, values.leaks.over);
    json["judgement"] = judgement_json(values.leaks.judgement, values.leaks.over);
    json["verdicts"] = verdicts_json(values.leaks.verdicts, values.leaks.over);
    return json;
}

double hundredths(double slot) { return std::round(slot * 100) / 100; }

// The curve of each pool, of the chip on which it rose highest.
Json other_run(const std::string& name, const Timeline& timeline, const Alignment& alignment) {
    Json json;
    json["name"] = valid_utf8(name);
    json["span"] = timeline.by_time ? Json((timeline.to - timeline.from) / 1000) : Json(timeline.events);
    json["axis"] = timeline.by_time ? "time" : "events";
    json["slots"] = timeline.slot_count;
    json["iterations"] = alignment.iterations;
    json["iterations_paired"] = alignment.paired;
    json["anchors"] = Json::array();
    for (const Alignment::Anchor& anchor : alignment.anchors)
        json["anchors"].push_back({hundredths(anchor.other), hundredths(anchor.own)});
    json["pools"] = Json::object();
    for (const Pool pool : kAllPools) {
        const PoolTimeline* highest = nullptr;
        for (const PoolTimeline& of : timeline.pools) {
            if (of.peak.pool == pool && (highest == nullptr || of.peak.low > highest->peak.low)) highest = &of;
        }
        if (highest == nullptr) continue;
        const Json steps = steps_json(timeline, *highest, false);
        json["pools"][std::string(pool_name(pool))] = {{"slot", steps["slot"]}, {"bytes", steps["bytes"]}};
    }
    return json;
}

Json compared_json(const ComparedRuns& compared) {
    Json json;
    json["diff"] = diff_json({compared.runs, compared.diff});
    json["others"] = Json::array();
    for (size_t i = 0; i < compared.others.size(); ++i) {
        json["others"].push_back(other_run(compared.runs[i].name, compared.others[i], compared.alignments[i]));
    }
    return json;
}

// What lies on each core: most have the same, so each names one of a few columns.
void add_columns(Json& json, const Snapshot& s, const L1Map& map) {
    std::map<std::string, size_t> numbers;
    json["columns"] = Json::array();
    for (size_t i = 0; i < map.cores.size(); ++i) {
        Json column = circular_buffers_json(s, map, map.cores[i]);
        const auto [at, is_new] = numbers.try_emplace(column.dump(), numbers.size());
        if (is_new) json["columns"].push_back(std::move(column));
        json["cores"][i]["column"] = at->second;
    }
}

// What did not fit on these chips.
Json clash_on(const PageMap& map, const ChipMap& chips) {
    const uint64_t beyond = map.clash ? map.clash->beyond(map.snapshot, chips) : 0;
    return map.clash ? clash_json(map.snapshot, *map.clash, beyond) : Json(nullptr);
}

Json page_map_json(const PageMap& map) {
    constexpr size_t kMostBlocks = 300;
    Json json = map_json({.snapshot = map.snapshot, .maps = map.maps, .moment = map.moment, .limit = kMostBlocks});
    for (size_t i = 0; i < map.maps.size(); ++i) {
        if (!map.maps[i].l1) continue;
        json["items"][i]["clash"] = clash_on(map, map.maps[i]);
        add_columns(json["items"][i]["l1"], map.snapshot, *map.maps[i].l1);
    }
    return json;
}

// A page shows names as a terminal does: what would change how the text around it is drawn stands in hex.
void escape_names(Json& json) {
    if (json.is_string()) {
        const std::string& text = json.get_ref<const std::string&>();
        if (std::string escaped = printable(text); escaped != text) json = std::move(escaped);
    } else if (json.is_structured()) {
        for (Json& item : json) escape_names(item);
    }
}

}  // namespace

Json page_json(const PageValues& values) {
    Json json = recording_document("page-data", values.recording, values.timeline.coverage);
    json["allocators_overlap"] = told_overlaps(values.timeline.coverage) != nullptr;
    json["source"] = valid_utf8(values.source);
    json["of_capture"] = values.of_capture;
    json["version"] = values.version;
    json["verdict"] = valid_utf8(values.verdict);
    json["chips"] = page_chips(values.recording.end);
    const bool has_times = values.timeline.by_time;
    json["timeline"] = timeline_columns(values.timeline, has_times);
    json["timeline_by_event"] = values.by_event ? timeline_columns(*values.by_event, has_times) : Json(nullptr);
    json["opens_by_event"] = values.by_event && is_crowded(values.timeline);
    json["lifetimes"] = lifetimes_json(values);
    json["peak"] = peak_json(values.peak);
    json["leaks"] = leaks_of_page(values.leaks);
    json["growth"] = growth_json(values.growth);
    json["stats"] = stats_json(values.stats);
    json["headroom"] = headroom_json(values.headroom);
    json["explain"] = explain_failures_json(values.failures);
    json["map"] = values.map ? page_map_json(*values.map) : Json(nullptr);
    json["compared"] = values.compared ? compared_json(*values.compared) : Json(nullptr);
    json["recording"]["processes"] = page_processes(values.recording.end, json["recording"]["processes"]);
    escape_names(json);
    return json;
}

}  // namespace ttmem

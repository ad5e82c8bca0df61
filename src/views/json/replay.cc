#include "src/views/json/replay.h"

#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

Json replayed_block_json(const Recording& recording, const LiveBlock& block) {
    Json json;
    json["id"] = hex64(block.handle);
    json["op"] = text_or_null(recording.end.texts[block.op]);
    json["tag"] = text_or_null(recording.end.texts[block.tag]);
    json["class"] = class_name(block.allocation_class);
    json["requested_bytes"] = block.requested_bytes;
    json["bytes_per_bank"] = block.bytes_per_bank;
    json["since"] = time_or_null(block.since == 0 ? std::nullopt : std::optional(block.since));
    return json;
}

Json space_json(const Recording& recording, const SpaceMoment& moment) {
    Json json;
    json["event"] = moment.event;
    json["at"] = time_or_null(moment.at == 0 ? std::nullopt : std::optional(moment.at));
    json["used_bytes_per_bank"] = moment.used;
    json["free_bytes_per_bank"] = moment.free;
    json["largest_free_bytes_per_bank"] = moment.largest_free;
    json["splitter"] = nullptr;
    if (moment.splitter) {
        Json splitter = replayed_block_json(recording, moment.splitter->of.block);
        splitter["address"] = moment.splitter->of.address;
        splitter["free_without_it_bytes_per_bank"] = moment.splitter->would_be;
        json["splitter"] = std::move(splitter);
    }
    return json;
}

Json outcome_json(const Recording& recording, const ArenaOutcome& outcome) {
    Json json;
    json["peak"] = space_json(recording, outcome.peak);
    json["failed"] = outcome.failed;
    json["failures"] = Json::array();
    for (const ReplayedFailure& failure : outcome.failures) {
        Json item;
        item["asked"] = replayed_block_json(recording, failure.asked);
        item["failed_when_recorded"] = failure.recorded;
        item["fits_compacted"] = failure.fits_compacted();
        item["space"] = space_json(recording, failure.moment);
        json["failures"].push_back(std::move(item));
    }
    return json;
}

Json arena_json(const Arena& arena) {
    Json json;
    json["banks"] = arena.banks;
    json["begin_address"] = arena.begin;
    json["end_address"] = arena.end;
    json["capacity_bytes_per_bank"] = arena.bytes();
    json["alignment_bytes"] = arena.alignment;
    return json;
}

Json clashes_json(const Recording& recording, const PolicyClashes& clashes) {
    Json json;
    json["clashes"] = clashes.clashes;
    json["first"] = Json::array();
    for (const ReplayedClash& clash : clashes.first) {
        Json item;
        item["program"] = clash.program != 0 ? Json(hex64(clash.program)) : Json(nullptr);
        item["failed_when_recorded"] = clash.recorded;
        item["op"] = text_or_null(recording.end.texts[clash.op]);
        item["event"] = clash.event;
        item["at"] = time_or_null(clash.at == 0 ? std::nullopt : std::optional(clash.at));
        item["reach_address"] = clash.reach;
        item["lowest_l1_buffer_address"] = clash.lowest;
        item["overlap_bytes_per_core"] = clash.reach - clash.lowest;
        item["lowest_l1_buffer"] = clash.buffer ? replayed_block_json(recording, clash.buffer->block) : Json(nullptr);
        json["first"].push_back(std::move(item));
    }
    return json;
}

}  // namespace

Json replay_json(const ReplayValues& values) {
    const WhatIf& what_if = values.what_if;
    const Recording& recording = values.recording;
    Json json = recording_document("replay", recording, what_if.coverage);
    json["what_if"] = text_or_null(values.asked);
    json["policy"] = fit_policy_name(what_if.settings.policy);
    json["verdict"] = what_if_verdict_name(what_if.verdict());
    json["exact"] = what_if.exact();
    json["verdicts"] = Json::object();
    json["circular_buffers"] = Json::object();
    for (const FitPolicy policy : {FitPolicy::kFirstFit, FitPolicy::kBestFit}) {
        const std::string name(fit_policy_name(policy));
        json["verdicts"][name] = what_if_verdict_name(what_if.verdict(policy));
        json["circular_buffers"][name] = clashes_json(recording, what_if.clashes[static_cast<size_t>(policy)]);
    }
    json["arenas"] = Json::array();
    for (const ReplayedArena& arena : what_if.arenas) {
        Json item;
        item["chips"] = chip_ids_json(recording.end.places[arena.place].chips);
        item["place"] = valid_utf8(place_text(recording.end.places[arena.place]));
        item["pid"] = recording.end.processes[arena.process].pid;
        item["pool"] = pool_name(arena.pool);
        item["recorded"] = arena_json(arena.before);
        item["replayed"] = arena_json(arena.arena);
        item["allocations"] = arena.allocations;
        item["reproduced"] = arena.reproduced;
        item["failed_when_recorded"] = arena.failed_then;
        item["there_before"] = arena.there_before;
        item["left_out"] = arena.in_part;
        item["overlapping"] = arena.overlapping;
        item["rescaled"] = arena.rescaled;
        item["exact"] = arena.exact();
        for (const FitPolicy policy : {FitPolicy::kFirstFit, FitPolicy::kBestFit})
            item[std::string(fit_policy_name(policy))] =
                outcome_json(recording, arena.outcomes[static_cast<size_t>(policy)]);
        json["arenas"].push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem

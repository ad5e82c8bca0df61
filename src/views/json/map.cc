#include "src/views/json/map.h"

#include <algorithm>

#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/json/recorded.h"
#include "src/views/json/untracked.h"

namespace ttmem {
namespace {

std::string_view cb_kind(CbKind kind) {
    return kind == CbKind::kDataflow ? "dfb" : kind == CbKind::kScratchpad ? "scratchpad" : "cb";
}

size_t shown_of(const MapValues& values, size_t count) {
    return values.limit == 0 ? count : std::min(count, values.limit);
}

Json block_json(const Snapshot& s, const MapBlock& block) {
    const Allocation& a = s.allocations[block.allocation];
    Json json = item_json(s, a.handle, a.process);
    json["class"] = class_name(a.allocation_class);
    json["op"] = text_or_null(s.texts[a.op]);
    json["tag"] = text_or_null(s.texts[a.tag]);
    json["line"] = text_or_null(line_of(s, a.stack));
    json["called_at"] = text_or_null(caller_of(s, a.stack));
    json["address"] = block.begin;
    json["end_address"] = block.end;
    json["bytes_per_bank"] = block.bytes();
    json["data_banks"] = a.data_banks;
    json["in_part_of_banks"] = block.in_part;
    json["persistent"] = a.persistent;
    json["iteration"] = a.iteration != 0 ? Json(a.iteration) : Json(nullptr);
    json["since"] = time_or_null(a.since != 0 ? std::optional(a.since) : std::nullopt);
    return json;
}

Json bank_json(const MapValues& values, const BankMap& map) {
    const Snapshot& s = values.snapshot;
    const auto end_of = [](const std::optional<Interval>& interval, uint64_t Interval::*end) {
        return interval ? Json((*interval).*end) : Json(nullptr);
    };
    Json json;
    json["pool"] = pool_name(map.pool);
    json["banks"] = map.banks.banks;
    json["capacity_bytes_per_bank"] = map.banks.bytes_per_bank;
    json["begin_address"] = end_of(map.begin, &Interval::low);
    json["begin_address_max"] = end_of(map.begin, &Interval::high);
    json["used_bytes_per_bank"] = map.used_bytes;
    json["free_bytes_per_bank"] = map.free_bytes();
    json["largest_free_bytes_per_bank"] = end_of(map.largest_free, &Interval::low);
    json["largest_free_bytes_per_bank_max"] = end_of(map.largest_free, &Interval::high);
    json["overlapping_blocks"] = map.overlapping_blocks;
    json["banks_are_partitioned"] = map.is_partitioned;
    json["splitter"] = nullptr;
    if (map.splitter) {
        json["splitter"] = block_json(s, map.blocks[map.splitter->block]);
        json["splitter"]["largest_free_without_bytes_per_bank"] = map.splitter->would_be;
    }
    json["blocks"] = Json::array();
    for (size_t i = 0; i < shown_of(values, map.blocks.size()); ++i) {
        json["blocks"].push_back(block_json(s, map.blocks[i]));
    }
    json["blocks_left_out"] = map.blocks.size() - shown_of(values, map.blocks.size());
    json["holes"] = Json::array();
    for (size_t i = 0; i < shown_of(values, map.holes.size()); ++i) {
        const MapHole& hole = map.holes[i];
        json["holes"].push_back({{"address", hole.begin}, {"end_address", hole.end}, {"bytes_per_bank", hole.bytes()}});
    }
    json["holes_left_out"] = map.holes.size() - shown_of(values, map.holes.size());
    return json;
}

Json reach_json(const L1Map& map, uint64_t reach) {
    return {{"reach_address", reach},
            {"gap_bytes_per_core", map.gap(reach)},
            {"overlap_bytes_per_core", map.overlap(reach)}};
}

Json plan_json(const Snapshot& s, const L1Map& map, const PlannedCbs& plan) {
    const Program& program = s.programs[plan.program];
    Json json = item_json(s, program.handle, program.process);
    json["program"] = valid_utf8(program_name(program));
    json["op"] = text_or_null(s.texts[program.op]);
    add_place(json, s.places[cbs_of(s, plan).place.value]);
    json.update(reach_json(map, std::max(map.base, plan.reach)));
    json["replaced"] = plan.replaced;
    return json;
}

Json map_core_json(const Snapshot& s, const L1Map& map, const CoreMap& core) {
    Json json = {{"x", core.x}, {"y", core.y}};
    json["program"] =
        core.plan ? Json(valid_utf8(program_name(s.programs[map.plans[*core.plan].program]))) : Json(nullptr);
    json["circular_buffer_bytes_per_core"] = core.cb_bytes;
    json.update(reach_json(map, core.reach));
    return json;
}

Json full_map_core_json(const Snapshot& s, const L1Map& map, const CoreMap* core) {
    if (core == nullptr) return nullptr;
    Json json = map_core_json(s, map, *core);
    json["circular_buffers"] = circular_buffers_json(s, map, *core);
    return json;
}

Json floor_json(const MapValues& values, const L1Map& map) {
    const Snapshot& s = values.snapshot;
    const FloorHolders floor = floor_holders_of(s, map);
    Json json;
    json["limit_bytes_per_core"] = floor.limit_bytes;
    json["floor_address"] = floor.floor;
    json["floor_without_address"] = floor.floor_without;
    json["holders"] = floor.holders.size();
    json["bytes_per_core"] = floor.bytes;
    json["stranded_bytes_per_core"] = floor.stranded_bytes;
    json["owners"] = Json::array();
    for (const FloorOwner& owner : floor.owners) {
        Json item = process_id_json(s.processes[owner.process.value]);
        item["op"] = text_or_null(s.texts[owner.op]);
        item["tag"] = text_or_null(s.texts[owner.tag]);
        item["class"] = class_name(owner.allocation_class);
        item["holders"] = owner.holders;
        item["bytes_per_core"] = owner.bytes;
        item["stranded_bytes_per_core"] = owner.stranded_bytes;
        item["iterations"] = owner.iterations;
        item["holders_outside_iterations"] = owner.outside_iterations;
        item["oldest"] = time_or_null(owner.oldest != 0 ? std::optional(owner.oldest) : std::nullopt);
        item["newest"] = time_or_null(owner.newest != 0 ? std::optional(owner.newest) : std::nullopt);
        json["owners"].push_back(std::move(item));
    }
    json["items"] = Json::array();
    for (size_t i = 0; i < shown_of(values, floor.holders.size()); ++i) {
        Json item = block_json(s, map.buffers.blocks[floor.holders[i].block]);
        item["stranded_bytes_per_core"] = floor.holders[i].stranded_bytes;
        json["items"].push_back(std::move(item));
    }
    json["items_left_out"] = floor.holders.size() - shown_of(values, floor.holders.size());
    return json;
}

Json l1_json(const MapValues& values, const L1Map& map) {
    const Snapshot& s = values.snapshot;
    Json json;
    json["base_address"] = map.base;
    json["top_address"] = map.top;
    json["core_end_address"] = or_null(map.core_end);
    json["floor_address"] = map.floor();
    json["floor_is_bound"] = map.floor_is_bound();
    json["circular_buffers_known"] = !map.plans_unknown;
    json["each_core_has_a_bank"] = map.cores_have_banks;
    json["core"] = full_map_core_json(s, map, shown_core(values, map));
    json["cores"] = Json::array();
    for (const CoreMap& core : map.cores) json["cores"].push_back(map_core_json(s, map, core));
    json["programs"] = Json::array();
    for (size_t i = 0; i < shown_of(values, map.plans.size()); ++i) {
        json["programs"].push_back(plan_json(s, map, map.plans[i]));
    }
    json["programs_left_out"] = map.plans.size() - shown_of(values, map.plans.size());
    json["floor_holders"] = floor_json(values, map);
    json["buffers"] = bank_json(values, map.buffers);
    json["small"] = map.small ? bank_json(values, *map.small) : Json(nullptr);
    return json;
}

Json failure_json(const MapValues& values) {
    if (values.failure == nullptr) return nullptr;
    const Failure& failure = *values.failure;
    Json json;
    json["op"] = text_or_null(values.snapshot.texts[failure.op]);
    json["pool"] = pool_name(failure.pool);
    json["requested_bytes"] = or_null(failure.requested_bytes);
    json["requested_bytes_per_bank"] = or_null(failure.bytes_per_bank);
    json["free_bytes_per_bank"] = or_null(failure.free_per_bank);
    json["largest_free_bytes_per_bank"] = or_null(failure.largest_free_per_bank);
    return json;
}

// Of the chips that are told the one on which most is taken twice.
Json newest_clash_json(const MapValues& values) {
    if (!values.clash) return nullptr;
    uint64_t beyond = 0;
    for (const ChipMap& map : values.maps)
        if (map.l1) beyond = std::max(beyond, values.clash->beyond(values.snapshot, map));
    return clash_json(values.snapshot, *values.clash, beyond);
}

}  // namespace

Json clash_json(const Snapshot& snapshot, const MapClash& clash, uint64_t beyond) {
    if (beyond == 0) return nullptr;
    return {
        {"op", text_or_null(snapshot.texts[clash.op])}, {"end_address", clash.end}, {"overlap_bytes_per_core", beyond}};
}

Json circular_buffers_json(const Snapshot& snapshot, const L1Map& map, const CoreMap& core) {
    Json json = Json::array();
    for (const CoreCb& cb : circular_buffers_on(snapshot, map, core)) {
        const CircularBuffer& buffer = cbs_of(snapshot, map.plans[*core.plan]).plan.buffers[cb.buffer];
        json.push_back({{"index", buffer.index},
                        {"kind", cb_kind(buffer.kind)},
                        {"address", cb.begin},
                        {"end_address", cb.end},
                        {"bytes_per_core", buffer.bytes}});
    }
    return json;
}

Json map_json(const MapValues& values) {
    Json json = document("map", values.snapshot.generated_at, values.snapshot.coverage);
    json["moment"] = text_or_null(values.moment);
    json["failure"] = failure_json(values);
    json["clash"] = newest_clash_json(values);
    json["items"] = Json::array();
    for (const ChipMap& map : values.maps) {
        Json item;
        item["chips"] = chip_ids_json(map.chips);
        item["l1"] = map.l1 ? l1_json(values, *map.l1) : Json(nullptr);
        item["banks"] = Json::array();
        for (const BankMap& banks : map.banks) item["banks"].push_back(bank_json(values, banks));
        json["items"].push_back(std::move(item));
    }
    json["untracked_processes"] = untracked_json(values.untracked);
    return json;
}

}  // namespace ttmem

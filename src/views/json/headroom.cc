#include "src/views/json/headroom.h"

#include <algorithm>

#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

std::optional<uint64_t> low_of(const std::optional<Interval>& interval) {
    return interval ? std::optional(interval->low) : std::nullopt;
}
std::optional<uint64_t> high_of(const std::optional<Interval>& interval) {
    return interval ? std::optional(interval->high) : std::nullopt;
}

std::optional<uint64_t> in_all_banks(const PoolHeadroom& room, std::optional<uint64_t> per_bank) {
    if (!per_bank || !room.banks) return std::nullopt;
    return saturating_multiply(*per_bank, room.banks->banks);
}

Json now_of(const PoolHeadroom& room) {
    if (!room.now) return nullptr;
    Json json = sum_json(room.now->live);
    json["free_bytes"] = or_null(room.now->free);
    json["largest_free_bytes"] = or_null(in_all_banks(room, low_of(room.now->largest_free_per_bank)));
    json["largest_free_bytes_max"] = or_null(in_all_banks(room, high_of(room.now->largest_free_per_bank)));
    json["largest_free_bytes_per_bank"] = or_null(low_of(room.now->largest_free_per_bank));
    json["largest_free_bytes_per_bank_max"] = or_null(high_of(room.now->largest_free_per_bank));
    return json;
}

Json circular_buffers(const PoolHeadroom& room) {
    if (!room.cbs) return nullptr;
    const CbRoom& cbs = *room.cbs;
    Json json;
    json["begin_address"] = cbs.begin;
    json["lowest_l1_buffer_address"] = cbs.lowest;
    json["largest_region_bytes_per_core"] = cbs.lowest - std::min(cbs.lowest, cbs.begin);
    json["reach_address"] = or_null(cbs.reach);
    json["may_grow_bytes_per_core"] = cbs.reach ? Json(cbs.lowest - std::min(cbs.lowest, *cbs.reach)) : Json(nullptr);
    json["program"] = text_or_null(cbs.program);
    return json;
}

Json failure_json(const HeadroomValues& values, const PoolHeadroom& room) {
    if (!room.failure) return nullptr;
    return {{"op", text_or_null(values.recording.end.texts[room.failure->op])},
            {"kind", failure_kind_name(room.failure->kind)},
            {"requested_bytes", or_null(room.failure->requested_bytes)}};
}

Json headroom_leaks(const HeadroomValues& values, const PoolHeadroom& room) {
    Json json = Json::array();
    for (const PoolHeadroom::Leak& leak : room.leaks) {
        json.push_back({{"pid", values.recording.end.processes[leak.process].pid},
                        {"op", text_or_null(values.recording.end.texts[leak.op])},
                        {"owners", leak.owners},
                        {"reserved_bytes_per_iteration", leak.bytes_per_iteration},
                        {"last_peak_rise_bytes", leak.rise ? Json(leak.rise->bytes) : Json(nullptr)},
                        {"is_steady", leak.rise ? Json(leak.rise->is_steady) : Json(nullptr)},
                        {"iterations_left", or_null(leak.iterations_left)}});
    }
    return json;
}

}  // namespace

Json headroom_json(const HeadroomValues& values) {
    Json json = recording_document("headroom", values.recording, values.headroom.coverage);
    json["pools"] = Json::array();
    for (const PoolHeadroom& room : values.headroom.pools) {
        const PoolPeak& peak = room.peak;
        Json item;
        item["chips"] = chip_ids_json(peak.chips);
        item["pool"] = pool_name(peak.pool);
        item["capacity_bytes"] = or_null(peak.capacity_bytes);
        item["banks"] = room.banks ? Json(room.banks->banks) : Json(nullptr);
        item["capacity_bytes_per_bank"] = room.banks ? Json(room.banks->bytes_per_bank) : Json(nullptr);
        item["peak_reserved_bytes"] = std::max(peak.low, peak.earlier);
        item["peak_reserved_bytes_max"] =
            peak.high && !peak.is_bound ? Json(std::max(*peak.high, peak.earlier)) : Json();
        item["kept_at_peak"] = sum_json(room.kept);
        item["transient_at_peak"] = sum_json(room.transient);
        item["of_iterations_at_peak"] = room.of_iterations ? sum_json(*room.of_iterations) : Json(nullptr);
        item["kept_by_iterations_at_peak"] = sum_json(room.kept_by_iterations);
        item["circular_buffer_bytes"] = or_null(low_of(room.circular_buffers));
        item["circular_buffer_bytes_max"] = or_null(high_of(room.circular_buffers));
        item["headroom_bytes"] = or_null(low_of(room.headroom));
        item["headroom_bytes_max"] = or_null(high_of(room.headroom));
        const std::optional<Interval>& in_order = room.in_order ? room.in_order : room.headroom;
        item["headroom_in_order_bytes"] = or_null(low_of(in_order));
        item["headroom_in_order_bytes_max"] = or_null(high_of(in_order));
        item["untouched_bytes"] = or_null(in_all_banks(room, low_of(room.untouched_per_bank)));
        item["untouched_bytes_max"] = or_null(in_all_banks(room, high_of(room.untouched_per_bank)));
        item["untouched_bytes_per_bank"] = or_null(low_of(room.untouched_per_bank));
        item["untouched_bytes_per_bank_max"] = or_null(high_of(room.untouched_per_bank));
        item["allocators_overlap"] = room.overlaps;
        item["banks_are_partitioned"] = room.partitioned;
        item["leaks"] = headroom_leaks(values, room);
        item["failure"] = failure_json(values, room);
        item["now"] = now_of(room);
        item["circular_buffers"] = circular_buffers(room);
        json["pools"].push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem

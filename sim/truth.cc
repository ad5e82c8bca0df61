#include "sim/truth.h"

#include <fmt/format.h>

#include <algorithm>

namespace ttmem::sim {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
std::string hex(uint64_t id) { return fmt::format("{:#x}", id); }

}  // namespace

std::string place_text(const PlaceName& place) {
    switch (place.kind) {
        case PlaceName::Kind::kChip:
            return fmt::format("chip {}", place.number);
        case PlaceName::Kind::kMesh:
            return fmt::format("mesh {}", place.number);
        case PlaceName::Kind::kPart:
            return fmt::format("part {} of a mesh", place.number);
    }
    return "";
}

void Truth::describe_chip(const ChipSpec& chip, const DeviceParams& params) {
    std::lock_guard lock(mutex_);
    const auto [entry, is_new] = chips_.try_emplace(chip.unique_id);
    if (is_new) chip_order_.push_back(chip.unique_id);
    entry->second.spec = chip;
    for (const BufferType type : kChipBufferTypes) {
        const PoolShape shape = pool_shape(chip, params, type);
        entry->second.pools[static_cast<size_t>(type)].capacity = shape.banks * shape.bytes_per_bank;
    }
}

void Truth::allocated(LiveAllocation allocation) {
    std::lock_guard lock(mutex_);
    for (const uint64_t id : allocation.chips) {
        PoolFigures& pool = chips_.at(id).pools[static_cast<size_t>(allocation.pool)];
        pool.requested += allocation.requested_bytes;
        pool.reserved += allocation.reserved_bytes();
        pool.allocations++;
        pool.peak_requested = std::max(pool.peak_requested, pool.requested);
        if (pool.reserved > pool.peak_reserved) pool.peak_id = allocation.unique_id;
        pool.peak_reserved = std::max(pool.peak_reserved, pool.reserved);
    }
    const uint64_t unique_id = allocation.unique_id, first_chip = allocation.chips.front();
    const BufferType type = allocation.pool;
    live_.emplace(unique_id, std::move(allocation));
    look_at_peak(first_chip, type, unique_id);
}

// Requires: the lock.
void Truth::look_at_peak(uint64_t chip, BufferType pool, uint64_t id) {
    if (chips_.at(chip).pools[static_cast<size_t>(pool)].peak_id != id) return;
    PeakContent& peak = peaks_[{chip, pool}];
    peak = {id, {}};
    for (const auto& [other, a] : live_) {
        if (a.pool == pool && std::find(a.chips.begin(), a.chips.end(), chip) != a.chips.end()) peak.live.push_back(a);
    }
}

void Truth::freed(uint64_t unique_id) {
    std::lock_guard lock(mutex_);
    const auto found = live_.find(unique_id);
    if (found == live_.end()) return;
    remove(found->second);
    live_.erase(found);
}

void Truth::marked_persistent(uint64_t unique_id) {
    std::lock_guard lock(mutex_);
    if (const auto found = live_.find(unique_id); found != live_.end()) found->second.persistent = true;
}

void Truth::closed(PlaceName place) {
    std::lock_guard lock(mutex_);
    std::erase_if(live_, [&](const auto& entry) {
        if (!entry.second.place.is_of(place)) return false;
        remove(entry.second);
        if (entry.second.leaked) leaks_.push_back(entry.second);
        return true;
    });
    cbs_.closed(place);
}

void Truth::iteration_ended(uint64_t iteration) {
    std::lock_guard lock(mutex_);
    for (auto& [id, a] : live_) {
        const bool may_stay = a.persistent || a.kind == "program" || a.kind == "trace";
        if (a.iteration == iteration && !may_stay) a.leaked = true;
    }
}

void Truth::holder_destroyed(uint64_t holder) {
    std::lock_guard lock(mutex_);
    for (auto& [id, a] : live_) a.leaked = a.leaked || a.holder == holder;
}

void Truth::planted(Json what) {
    std::lock_guard lock(mutex_);
    planted_.push_back(std::move(what));
}

// Takes it out of its chips' figures. Requires: the lock.
void Truth::remove(const LiveAllocation& allocation) {
    for (const uint64_t id : allocation.chips) {
        PoolFigures& pool = chips_.at(id).pools[static_cast<size_t>(allocation.pool)];
        pool.requested -= allocation.requested_bytes;
        pool.reserved -= allocation.reserved_bytes();
        pool.allocations--;
    }
}

Json Truth::chip_json(const ChipFigures& chip) const {
    Json json = {{"chip_id", hex(chip.spec.unique_id)}, {"logical_id", chip.spec.logical_id}, {"arch", chip.spec.arch}};
    Json& pools = json["pools"] = Json::object();
    const auto add = [&](BufferType type, const Json& capacity) {
        const PoolFigures& pool = chip.pools[static_cast<size_t>(type)];
        pools[json_name(type)] = {{"requested_bytes", pool.requested},
                                  {"reserved_bytes", pool.reserved},
                                  {"peak_requested_bytes", pool.peak_requested},
                                  {"peak_reserved_bytes", pool.peak_reserved},
                                  {"peak_exact", true},
                                  {"peak_requested_bytes_max", pool.peak_requested},
                                  {"peak_reserved_bytes_max", pool.peak_reserved},
                                  {"capacity_bytes", capacity},
                                  {"allocations", pool.allocations},
                                  {"is_bound", false}};
    };
    for (const BufferType type : kChipBufferTypes) add(type, chip.pools[static_cast<size_t>(type)].capacity);
    add(BufferType::kSystemMemory, nullptr);  // of the host: nothing says how much there is
    const CbFigures cbs = cbs_.on_chip(chip.spec.unique_id);
    json["cb"] = {{"reserved_bytes", cbs.reserved},
                  {"resident_bytes", cbs.resident},
                  {"max_bytes_per_core", cbs.largest_core},
                  {"is_bound", false}};
    return json;
}

Json Truth::programs_json() const {
    Json programs = Json::array();
    for (const CbTruth::OfProgram& program : cbs_.programs()) {
        Json places = Json::array();
        for (const CbTruth::AtPlace& held : program.places)
            places.push_back({{"place", place_text(held.place)},
                              {"reserved_bytes", held.reserved},
                              {"resident_bytes_all_chips", held.resident},
                              {"max_bytes_per_core", held.largest_core},
                              {"reach_address", held.reach}});
        programs.push_back({{"unique_id", program.id},
                            {"name", program.name},
                            {"destroyed", program.destroyed},
                            {"places", std::move(places)}});
    }
    return programs;
}

// How far circular buffers reach on each core.
Json Truth::reaches_json() const {
    Json chips = Json::array();
    for (const uint64_t id : chip_order_) {
        Json cores = Json::array();
        for (const auto& [core, end] : cbs_.reaches(id)) {
            cores.push_back({{"x", core.first}, {"y", core.second}, {"reach_address", end}});
        }
        chips.push_back({{"chip_id", hex(id)}, {"cores", std::move(cores)}});
    }
    return chips;
}

Json Truth::allocation_json(const LiveAllocation& a) {
    Json chips = Json::array();
    for (const uint64_t id : a.chips) chips.push_back(hex(id));
    return {{"unique_id", a.unique_id},
            {"place", place_text(a.place)},
            {"chips", std::move(chips)},
            {"pool", json_name(a.pool)},
            {"address", a.address},
            {"requested_bytes", a.requested_bytes},
            {"reserved_bytes", a.reserved_bytes()},
            {"page_bytes", a.page_bytes},
            {"banks", a.banks},
            {"data_banks", a.data_banks},
            {"class", a.kind},
            {"persistent", a.persistent},
            {"op", text_or_null(a.op)},
            {"tag", text_or_null(a.tag)},
            {"program", text_or_null(a.program)},
            {"iteration", a.iteration},
            {"leaked", a.leaked}};
}

void Truth::add_point(const std::string& name) {
    std::lock_guard lock(mutex_);
    Json chips = Json::array(), live = Json::array();
    for (const uint64_t id : chip_order_) chips.push_back(chip_json(chips_.at(id)));
    for (const auto& [id, allocation] : live_) live.push_back(allocation_json(allocation));
    Json leaks = Json::array();
    for (const LiveAllocation& allocation : leaks_) leaks.push_back(allocation_json(allocation));
    points_.push_back({{"name", name},
                       {"chips", std::move(chips)},
                       {"live", std::move(live)},
                       {"leaked_and_closed", std::move(leaks)},
                       {"programs", programs_json()},
                       {"reaches", reaches_json()}});
}

Json Truth::peaks_json() const {
    Json peaks = Json::array();
    for (const auto& [where, peak] : peaks_) {
        const PoolFigures& pool = chips_.at(where.first).pools[static_cast<size_t>(where.second)];
        if (pool.peak_id != peak.id) continue;  // another place's allocation made it
        Json live = Json::array();
        for (const LiveAllocation& allocation : peak.live) live.push_back(allocation_json(allocation));
        peaks.push_back({{"chip_id", hex(where.first)},
                         {"pool", json_name(where.second)},
                         {"reserved_bytes", pool.peak_reserved},
                         {"live", std::move(live)}});
    }
    return peaks;
}

Json Truth::document() const {
    std::lock_guard lock(mutex_);
    return {{"schema", "ttmem.truth/1"}, {"points", points_}, {"planted", planted_}, {"peaks", peaks_json()}};
}

}  // namespace ttmem::sim

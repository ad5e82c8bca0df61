#include "src/views/json/stats.h"

#include <algorithm>

#include "src/views/json/core_need.h"
#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

// Byte-seconds: whole ones, for they may be larger than 64 bits in nanoseconds.
Json stats_json_of(const AllocationStats& stats, bool times_known) {
    const ByteNanoseconds seconds = stats.held / 1'000'000'000;
    Json json;
    json["allocations"] = stats.allocated.allocations;
    json["requested_bytes_all_chips"] = stats.allocated.requested_bytes;
    json["reserved_bytes_all_chips"] = stats.allocated.reserved_bytes;
    json["freed"] = stats.freed;
    json["released"] = stats.released;
    json["lost"] = stats.lost;
    json["live"] = stats.live;
    json["temporary"] = stats.temporary;
    json["held_byte_seconds_all_chips"] =
        times_known ? Json(seconds > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(seconds)) : Json(nullptr);
    json["longest_ns"] = times_known ? Json(stats.longest) : Json(nullptr);
    return json;
}

Json pool_stats_json(const PoolStats& pool, bool times_known) {
    Json json;
    json["pool"] = pool_name(pool.pool);
    json.update(stats_json_of(pool.all, times_known));
    json["sizes"] = Json::array();
    for (size_t i = 0; i < pool.sizes.size(); ++i) {
        if (pool.sizes[i] == 0) continue;
        const uint64_t least = i == 0 ? 0 : uint64_t{1} << (i - 1);
        const uint64_t most = i == 0 ? 0 : i == 64 ? UINT64_MAX : (uint64_t{1} << i) - 1;
        json["sizes"].push_back({{"from_bytes", least}, {"to_bytes", most}, {"allocations", pool.sizes[i]}});
    }
    json["lifetimes"] = Json::array();
    for (size_t i = 0; i < pool.lifetimes.size(); ++i) {
        if (pool.lifetimes[i] == 0) continue;
        json["lifetimes"].push_back({{"lived", lifetime_bucket_name(i)}, {"allocations", pool.lifetimes[i]}});
    }
    return json;
}

}  // namespace

Json stats_json(const StatsValues& values) {
    const Stats& stats = values.stats;
    const Snapshot& tables = values.recording.end;
    Json json = recording_document("stats", values.recording, stats.coverage);
    json["all"] = stats_json_of(stats.all, stats.times_known);
    json["pools"] = Json::array();
    for (const PoolStats& pool : stats.pools) json["pools"].push_back(pool_stats_json(pool, stats.times_known));
    json["owners"] = Json::array();
    const size_t shown = std::min(stats.owners.size(), kMostRows);
    for (size_t i = 0; i < shown; ++i) {
        const OwnerStats& owner = stats.owners[i];
        Json item;
        item["op"] = text_or_null(tables.texts[owner.op]);
        item["tag"] = text_or_null(tables.texts[owner.tag]);
        item["class"] = class_name(owner.allocation_class);
        item["pool"] = pool_name(owner.pool);
        item.update(stats_json_of(owner.all, stats.times_known));
        json["owners"].push_back(std::move(item));
    }
    json["owners_left_out"] = stats.owners.size() - shown;
    json["cores"] = core_needs_json(values.recording, Holders(tables), stats.cores);
    return json;
}

}  // namespace ttmem

#include "src/views/json/regions.h"

#include "src/base/text.h"

namespace ttmem {
namespace {

const char* state_name(ShmProcessState state) {
    switch (state) {
        case ShmProcessState::kLive:
            return "live";
        case ShmProcessState::kDead:
            break;
        case ShmProcessState::kOther:
            return "other";
    }
    return "dead";
}

Json counters_json(const ShmCounters& c) {
    return {{"dram", c.dram}, {"l1", c.l1}, {"l1_small", c.l1_small}, {"trace", c.trace}};
}

Json region_json(const ShmRegion& region) {
    Json json;
    json["source"] = "tt-metal-shm";
    json["path"] = valid_utf8(region.path);
    json["version"] = region.version;
    json["chip_id"] = region.chip_id ? Json(hex64(region.chip_id->value)) : Json(nullptr);
    json["logical_id"] = region.device_id;
    json["requested_bytes"] = counters_json(region.totals);
    json["cb"]["reserved_bytes"] = or_null(region.cb_reserved_bytes);
    json["cb"]["resident_bytes"] = or_null(region.cb_resident_bytes);
    json["ghost_bytes"] = counters_json(region.ghosts);
    json["stale"] = region.stale;
    json["age_seconds"] = region.age_ns ? Json(static_cast<double>(*region.age_ns) / 1e9) : Json(nullptr);
    json["processes"] = Json::array();
    for (const ShmProcess& process : region.processes) {
        json["processes"].push_back({{"pid", process.pid},
                                     {"comm", valid_utf8(process.name)},
                                     {"state", state_name(process.state)},
                                     {"requested_bytes", counters_json(process.counters)}});
    }
    json["coverage"] = coverage_json(region.coverage);
    return json;
}

}  // namespace

Json regions_json(const ShmRegions& shown) {
    Json json = Json::array();
    for (const ShmRegion& region : shown.regions) json.push_back(region_json(region));
    for (const Error& error : shown.unreadable) {
        json.push_back({{"source", "tt-metal-shm"},
                        {"error",
                         {{"what", valid_utf8(error.what)},
                          {"why", text_or_null(error.why)},
                          {"next_step", text_or_null(error.next)}}}});
    }
    return json;
}

}  // namespace ttmem

#include "src/views/json/legacy.h"

#include "src/analysis/legacy_story.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

Json pools_json(const std::array<uint64_t, kPoolCount>& bytes) {
    Json json;
    for (const Pool pool : kChipPools) json[std::string(pool_name(pool))] = bytes[static_cast<size_t>(pool)];
    return json;
}

Json use_json(const LegacyUse& use) {
    return {{"device", use.device},
            {"requested_bytes", pools_json(use.bytes)},
            {"cb_bytes", use.cb_bytes},
            {"blocks", use.blocks},
            {"registrations", use.registrations}};
}

Json legacy_process_json(const LegacyProcess& process) {
    return {{"pid", process.pid == 0 ? Json(nullptr) : Json(process.pid)},
            {"uid", process.uid},
            {"comm", valid_utf8(process.comm)},
            {"state", process.ended_at ? "ended" : "live"},
            {"generation", or_null(process.generation)},
            {"connected_at", rfc3339(process.connected_at)},
            {"ended_at", time_or_null(process.ended_at)},
            {"messages", process.messages},
            {"unknown_frees", process.unknown_frees},
            {"refused_messages", process.refused},
            {"held_blocks", process.ended_at ? Json(process.held_blocks) : Json(nullptr)},
            {"held_bytes_all_chips", process.ended_at ? Json(process.held_bytes) : Json(nullptr)}};
}

}  // namespace

Json legacy_json(const std::optional<LegacyState>& state) {
    if (!state) return nullptr;
    Json json;
    json["source"] = "allocation-server";
    json["server_pid"] = state->server_pid == 0 ? Json(nullptr) : Json(state->server_pid);
    json["socket"] = valid_utf8(state->socket);
    json["processes"] = Json::array();
    const std::vector<LegacyUse> uses = legacy_use(*state);
    for (uint32_t i = 0; i < state->processes.size(); ++i) {
        Json process = legacy_process_json(state->processes[i]);
        process["devices"] = Json::array();
        for (const LegacyUse& use : uses) {
            if (use.process == i) process["devices"].push_back(use_json(use));
        }
        json["processes"].push_back(std::move(process));
    }
    json["fork_view"] = Json::array();
    for (const LegacyForkDevice& device : state->fork) {
        json["fork_view"].push_back({{"device", device.device},
                                     {"buffers", device.buffers},
                                     {"keys", device.keys},
                                     {"bytes", pools_json(device.bytes)}});
    }
    json["coverage"] = coverage_json(state->coverage);
    return json;
}

Json legacy_owners_json(const std::optional<LegacyState>& state, uint64_t address) {
    Json json = Json::array();
    if (!state) return json;
    for (const LegacyOwner& owner : legacy_owners(*state, address)) {
        const uint32_t pid = state->processes[owner.process].pid;
        Json item = {{"pid", pid == 0 ? Json(nullptr) : Json(pid)},
                     {"pool", pool_name(owner.pool)},
                     {"circular_buffer", owner.circular_buffer},
                     {"address", owner.address},
                     {"requested_bytes", owner.bytes},
                     {"registrations", owner.registrations()},
                     {"frees", owner.frees()},
                     {"state", owner.is_live() ? "live" : "ended"},
                     {"devices", Json::array()},
                     {"story", Json::array()}};
        for (const std::string& sentence : legacy_story(*state, owner)) item["story"].push_back(valid_utf8(sentence));
        for (const LegacyOwner::OnDevice& on : owner.devices)
            item["devices"].push_back(
                {{"device", on.device}, {"registrations", on.registrations}, {"frees", on.frees}, {"live", on.live}});
        json.push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem

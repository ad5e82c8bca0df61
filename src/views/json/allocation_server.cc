#include "src/views/json/allocation_server.h"

#include "src/analysis/snapshot/registration_story.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

Json pools_json(const std::array<uint64_t, kPoolCount>& bytes) {
    Json json;
    for (const Pool pool : kChipPools) json[std::string(pool_name(pool))] = bytes[static_cast<size_t>(pool)];
    return json;
}

Json use_json(const RegisteredUse& use) {
    return {{"device", use.device},
            {"requested_bytes", pools_json(use.bytes)},
            {"cb_bytes", use.cb_bytes},
            {"blocks", use.blocks},
            {"registrations", use.registrations}};
}

Json registering_process_json(const RegisteringProcess& process) {
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

Json allocation_server_json(const std::optional<AllocationServerState>& state) {
    if (!state) return nullptr;
    Json json;
    json["source"] = "allocation-server";
    json["server_pid"] = state->server_pid == 0 ? Json(nullptr) : Json(state->server_pid);
    json["socket"] = valid_utf8(state->socket);
    json["processes"] = Json::array();
    const std::vector<RegisteredUse> uses = registered_use(*state);
    for (uint32_t i = 0; i < state->processes.size(); ++i) {
        Json process = registering_process_json(state->processes[i]);
        process["devices"] = Json::array();
        for (const RegisteredUse& use : uses) {
            if (use.process == i) process["devices"].push_back(use_json(use));
        }
        json["processes"].push_back(std::move(process));
    }
    json["registration_counts"] = Json::array();
    for (const RegistrationCount& device : state->counts) {
        json["registration_counts"].push_back({{"device", device.device},
                                               {"buffers", device.buffers},
                                               {"keys", device.keys},
                                               {"bytes", pools_json(device.bytes)}});
    }
    json["coverage"] = coverage_json(state->coverage);
    return json;
}

Json registrants_json(const std::optional<AllocationServerState>& state, uint64_t address) {
    Json json = Json::array();
    if (!state) return json;
    for (const Registrant& registrant : registrants_at(*state, address)) {
        const uint32_t pid = state->processes[registrant.process].pid;
        Json item = {{"pid", pid == 0 ? Json(nullptr) : Json(pid)},
                     {"pool", pool_name(registrant.pool)},
                     {"circular_buffer", registrant.circular_buffer},
                     {"address", registrant.address},
                     {"requested_bytes", registrant.bytes},
                     {"registrations", registrant.registrations()},
                     {"frees", registrant.frees()},
                     {"state", registrant.is_live() ? "live" : "ended"},
                     {"devices", Json::array()},
                     {"story", Json::array()}};
        for (const std::string& sentence : registrant_story(*state, registrant))
            item["story"].push_back(valid_utf8(sentence));
        for (const Registrant::OnDevice& on : registrant.devices)
            item["devices"].push_back(
                {{"device", on.device}, {"registrations", on.registrations}, {"frees", on.frees}, {"live", on.live}});
        json.push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem

#include "src/importers/allocation_server/state_document.h"

#include <nlohmann/json.hpp>

#include "src/base/text.h"

namespace ttmem {
namespace {

using Json = nlohmann::json;
constexpr char kSchema[] = "ttmem.legacy-state/1";

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}
template <class T>
std::optional<T> optional_of(const Json& json) {
    return json.is_null() ? std::optional<T>() : json.get<T>();
}

Json process_to_json(const RegisteringProcess& p) {
    return {{"pid", p.pid},
            {"uid", p.uid},
            {"comm", valid_utf8(p.comm)},
            {"generation", or_null(p.generation)},
            {"connected_at", p.connected_at},
            {"ended_at", or_null(p.ended_at)},
            {"messages", p.messages},
            {"unknown_frees", p.unknown_frees},
            {"refused", p.refused},
            {"held_blocks", p.held_blocks},
            {"held_bytes", p.held_bytes}};
}

RegisteringProcess process_from(const Json& json) {
    RegisteringProcess p;
    p.pid = json.at("pid").get<uint32_t>();
    p.uid = json.at("uid").get<uint32_t>();
    p.comm = json.at("comm").get<std::string>();
    p.generation = optional_of<uint32_t>(json.at("generation"));
    p.connected_at = json.at("connected_at").get<int64_t>();
    p.ended_at = optional_of<int64_t>(json.at("ended_at"));
    p.messages = json.at("messages").get<uint64_t>();
    p.unknown_frees = json.at("unknown_frees").get<uint64_t>();
    p.refused = json.at("refused").get<uint64_t>();
    p.held_blocks = json.at("held_blocks").get<uint64_t>();
    p.held_bytes = json.at("held_bytes").get<uint64_t>();
    return p;
}

Json block_to_json(const RegisteredBlock& b) {
    return {{"process", b.process},
            {"device", b.device},
            {"pool", pool_name(b.pool)},
            {"circular_buffer", b.circular_buffer},
            {"address", b.address},
            {"bytes", b.bytes},
            {"registrations", b.registrations},
            {"frees", b.frees},
            {"since", b.since},
            {"until", or_null(b.until)}};
}

RegisteredBlock block_from(const Json& json, size_t processes) {
    RegisteredBlock b;
    b.process = json.at("process").get<uint32_t>();
    if (b.process >= processes) throw std::out_of_range("a block of no process");
    b.device = json.at("device").get<uint32_t>();
    const std::optional<Pool> pool = pool_from_name(json.at("pool").get<std::string>());
    if (!pool) throw std::out_of_range("a block in no pool");
    b.pool = *pool;
    b.circular_buffer = json.at("circular_buffer").get<bool>();
    b.address = json.at("address").get<uint64_t>();
    b.bytes = json.at("bytes").get<uint64_t>();
    b.registrations = json.at("registrations").get<uint64_t>();
    b.frees = json.at("frees").get<uint64_t>();
    if (b.frees > b.registrations) throw std::out_of_range("a block that was freed more often than registered");
    b.since = json.at("since").get<int64_t>();
    b.until = optional_of<int64_t>(json.at("until"));
    return b;
}

Json count_to_json(const RegistrationCount& d) {
    return {{"device", d.device}, {"keys", d.keys}, {"buffers", d.buffers}, {"bytes", d.bytes}};
}

RegistrationCount count_from(const Json& json) {
    RegistrationCount d;
    d.device = json.at("device").get<uint32_t>();
    d.keys = json.at("keys").get<uint64_t>();
    d.buffers = json.at("buffers").get<uint64_t>();
    d.bytes = json.at("bytes").get<std::array<uint64_t, kPoolCount>>();
    return d;
}

}  // namespace

std::string allocation_server_document(const AllocationServerState& state) {
    Json json;
    json["schema"] = kSchema;
    json["generated_at"] = state.generated_at;
    json["server_pid"] = state.server_pid;
    json["socket"] = valid_utf8(state.socket);
    json["notes"] = state.coverage.notes;
    json["processes"] = Json::array();
    for (const RegisteringProcess& process : state.processes) json["processes"].push_back(process_to_json(process));
    json["blocks"] = Json::array();
    for (const RegisteredBlock& block : state.blocks) json["blocks"].push_back(block_to_json(block));
    json["fork"] = Json::array();
    for (const RegistrationCount& device : state.counts) json["fork"].push_back(count_to_json(device));
    return json.dump();
}

Result<AllocationServerState> parse_allocation_server_document(std::string_view text) {
    try {
        const Json json = Json::parse(text);
        if (json.at("schema") != kSchema) return Error{"an allocation server's state", "it has another schema", ""};
        AllocationServerState state;
        state.generated_at = json.at("generated_at").get<int64_t>();
        state.server_pid = json.at("server_pid").get<uint32_t>();
        state.socket = json.at("socket").get<std::string>();
        for (const Json& note : json.at("notes")) state.coverage.note(note.get<std::string>());
        for (const Json& process : json.at("processes")) state.processes.push_back(process_from(process));
        for (const Json& block : json.at("blocks")) state.blocks.push_back(block_from(block, state.processes.size()));
        for (const Json& device : json.at("fork")) state.counts.push_back(count_from(device));
        return state;
    } catch (const std::exception& error) {
        return Error{"an allocation server's state", error.what(), ""};
    }
}

}  // namespace ttmem

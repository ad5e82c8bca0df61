// For the tests of captured graphs: small graphs, made node by node.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/importers/captured_graph/captured_graph.h"

namespace ttmem {

using Json = nlohmann::ordered_json;

// Builds graphs node by node, in the newest schema unless `text` is set.
class GraphText {
public:
    GraphText& start(const std::string& name, Json more = Json::object()) {
        more["name"] = name;
        return node("function_start", more);
    }
    GraphText& end(const std::string& name) { return node("function_end", {{"name", name}}); }

    // The buffer and its allocation; returns the buffer node's number.
    uint64_t allocate(Json params) {
        const uint64_t buffer = nodes_.size();
        node("buffer", {{"size", params["size"]}, {"type", params["type"]}});
        node("buffer_allocate", params, {buffer});
        return buffer;
    }
    GraphText& deallocate(uint64_t buffer, Json params) { return node("buffer_deallocate", params, {buffer}); }

    GraphText& node(const std::string& type, Json params = Json::object(), std::vector<uint64_t> connections = {}) {
        nodes_.push_back(
            {{"connections", connections}, {"counter", nodes_.size()}, {"node_type", type}, {"params", params}});
        return *this;
    }

    const Json& nodes() const { return nodes_; }

    Result<ImportedUse> import(std::string text = "") const {
        if (text.empty()) text = nodes_.dump(2);
        return import_captured_graph(read_from_text(text), "test.json");
    }

private:
    Json nodes_ = Json::array();
};

inline Json l1(uint64_t size, uint64_t address, uint32_t device) {
    return {{"address", address},        {"buffer_type", 1}, {"device_id", device}, {"layout", "INTERLEAVED"},
            {"max_size_per_bank", 2048}, {"num_cores", 0},   {"size", size},        {"type", "L1"}};
}

inline Json circular_buffer(uint64_t size, const std::string& cores, uint32_t device, const std::string& global = "0",
                            uint64_t address = 101152) {
    return {{"address", address},
            {"core_range_set", cores},
            {"device_id", device},
            {"globally_allocated", global},
            {"size", size}};
}

inline Json tensor_on(uint32_t mesh, std::vector<uint32_t> chips) {
    Json entries = Json::array();
    for (const uint32_t chip : chips)
        entries.push_back({{"address", 64}, {"device_id", chip}, {"mesh_device_id", mesh}});
    return {{"tensor_id", 1}, {"device_id", mesh}, {"device_tensors", entries.dump()}};
}

}  // namespace ttmem

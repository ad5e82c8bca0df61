#include "src/importers/captured_graph/node.h"

#include <simdjson.h>

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "src/base/decimal.h"

namespace ttmem {
namespace {

using simdjson::dom::element;

constexpr std::pair<std::string_view, GraphNodeKind> kKinds[] = {
    {"capture_start", GraphNodeKind::kCaptureStart},
    {"capture_end", GraphNodeKind::kCaptureEnd},
    {"function_start", GraphNodeKind::kFunctionStart},
    {"function_end", GraphNodeKind::kFunctionEnd},
    {"buffer", GraphNodeKind::kBuffer},
    {"buffer_allocate", GraphNodeKind::kBufferAllocate},
    {"buffer_deallocate", GraphNodeKind::kBufferDeallocate},
    {"circular_buffer_allocate", GraphNodeKind::kCircularBuffer},
    {"dataflow_buffer_allocate", GraphNodeKind::kDataflowBuffer},
    {"scratchpad_allocate", GraphNodeKind::kScratchpad},
    {"circular_buffer_deallocate_all", GraphNodeKind::kDeallocateAllCircularBuffers},
    {"tensor", GraphNodeKind::kTensor},
    {"program_execution", GraphNodeKind::kProgramExecution},
    {"error", GraphNodeKind::kError},
};

GraphNodeKind kind_of(std::string_view text) {
    for (const auto& [name, kind] : kKinds) {
        if (text == name) return kind;
    }
    return text.starts_with("tensor[") ? GraphNodeKind::kTensor : GraphNodeKind::kOther;  // "tensor[2]" in the oldest
}

std::string_view text_of(const element& value) {
    std::string_view text;
    return value.get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// Reads the parameters of one node into it.
class Parameters {
public:
    explicit Parameters(GraphNode& node) : node_(node) {}

    void read(std::string_view key, const element& value) {
        if (key == "size") {
            number(value, node_.size);
        } else if (key == "address") {
            number(value, node_.address);
        } else if (key == "name") {
            node_.name = text_of(value);
        } else if (key == "type") {
            type_ = text_of(value);
        } else if (key == "buffer_type" || key == "exact_buffer_type") {
            buffer_type(value);
        } else if (key == "device_id") {
            id(value, node_.device_id);
        } else if (key == "physical_device_id") {
            id(value, node_.physical_device_id);
        } else if (key == "max_size_per_bank") {
            number(value, node_.bytes_per_bank);
        } else if (key == "page_size") {
            number(value, node_.page_bytes);
        } else if (key == "num_cores") {
            number(value, node_.cores);
        } else if (key == "error_message") {
            node_.error_message = text_of(value);
        } else if (key == "error_operation") {
            node_.error_operation = text_of(value);
        } else if (key == "layout") {
            node_.layout = text_of(value);
        } else if (key == "core_range_set") {
            node_.core_ranges = text_of(value);
        } else if (key == "device_tensors") {
            node_.device_tensors = text_of(value);
        } else if (key == "globally_allocated" || key == "borrows_memory") {
            truth(value, node_.aliases_memory);
        } else if (key == "program_cache_hit") {
            truth(value, node_.cache_hit);
        }
    }

    // `type` is "L1" for L1_SMALL and "DRAM" for a trace; `buffer_type`, where it is there, tells them apart.
    void finish() {
        if (node_.pool) return;
        if (type_ == "DRAM") node_.pool = Pool::kDram;
        if (type_ == "L1") node_.pool = Pool::kL1;
        if (type_ == "L1_SMALL") node_.pool = Pool::kL1Small;
        if (type_ == "TRACE") node_.pool = Pool::kTrace;
        if (type_ == "SYSTEM_MEMORY") node_.pool = Pool::kSystem;
    }

private:
    void number(const element& value, std::optional<uint64_t>& to) {
        if (value.is<uint64_t>()) {
            to = value.get<uint64_t>().value_unsafe();
            node_.integers = true;
        } else if (value.is_string()) {
            to = decimal_in(text_of(value));
        }
        if (!to && !value.is_null()) ++node_.unreadable;
    }

    void id(const element& value, std::optional<uint32_t>& to) {
        std::optional<uint64_t> wide;
        number(value, wide);
        if (wide && *wide <= std::numeric_limits<uint32_t>::max()) {
            to = static_cast<uint32_t>(*wide);
        } else if (wide) {
            ++node_.unreadable;
        }
    }

    // A number as tt-metal's BufferType, or its name.
    void buffer_type(const element& value) {
        if (const std::string_view text = text_of(value); !text.empty() && !decimal_in(text)) {
            constexpr std::string_view kPrefix = "BufferType::";
            type_ = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text;
            return finish();
        }
        std::optional<uint64_t> wide;
        number(value, wide);
        if (wide && *wide < kPoolCount) {
            node_.pool = static_cast<Pool>(*wide);
        } else if (wide) {
            ++node_.unreadable;
        }
    }

    void truth(const element& value, std::optional<bool>& to) {
        const std::string_view text = text_of(value);
        if (value.is_bool()) to = value.get<bool>().value_unsafe();
        if (value.is<uint64_t>()) to = value.get<uint64_t>().value_unsafe() != 0;
        if (text == "1" || text == "true") to = true;
        if (text == "0" || text == "false") to = false;
        if (!to && !value.is_null()) ++node_.unreadable;
    }

    GraphNode& node_;
    std::string_view type_;
};

void read_first_connection(const element& value, GraphNode& node) {
    simdjson::dom::array connections;
    if (value.get(connections) != simdjson::SUCCESS) return;
    for (const element connection : connections) {
        uint64_t number = 0;
        if (connection.get(number) == simdjson::SUCCESS) node.connection = number;
        return;
    }
}

}  // namespace

std::string_view graph_schema_name(GraphSchema schema) {
    constexpr std::array<std::string_view, 3> kNames = {"name", "text", "integers"};
    return kNames[static_cast<size_t>(schema)];
}

Result<GraphNode> read_graph_node(const element& json) {
    simdjson::dom::object fields;
    if (json.get(fields) != simdjson::SUCCESS) return Error{"", "a node must be an object", ""};
    GraphNode node;
    std::string_view type, name;
    for (const auto& [key, value] : fields) {
        if (key == "node_type") {
            type = text_of(value);
        } else if (key == "name") {
            name = text_of(value);
        } else if (key == "counter" || key == "id") {
            uint64_t number = 0;
            if (value.get(number) == simdjson::SUCCESS) node.counter = number;
        } else if (key == "connections") {
            read_first_connection(value, node);
        } else if (key == "params") {
            simdjson::dom::object params;
            if (value.get(params) != simdjson::SUCCESS) continue;  // null where a node has none
            Parameters parameters(node);
            for (const auto& [param, of] : params) parameters.read(param, of);
            parameters.finish();
        }
    }
    node.by_name = type.empty() && !name.empty();
    if (type.empty()) type = name;
    if (type.empty()) return Error{"", "a node has neither \"node_type\" nor \"name\"", ""};
    node.kind = kind_of(type);
    return node;
}

}  // namespace ttmem

// One node of a captured graph as neutral values, whatever the age of its schema.
//
// Three generations exist: the oldest says "name" where later ones say "node_type" and has no ids at all; then every
// value of params is text ("0"/"1" for booleans); the newest has JSON integers. All are accepted, also mixed. A field
// that is absent, or does not read as what it should be, is nullopt; the latter is counted in `unreadable`.
// Texts lie in the parser's memory and are valid until the next node is parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/base/result.h"
#include "src/model/pool.h"

namespace simdjson::dom {
class element;
}

namespace ttmem {

enum class GraphNodeKind : uint8_t {
    kCaptureStart,
    kCaptureEnd,
    kFunctionStart,
    kFunctionEnd,
    kBuffer,
    kBufferAllocate,
    kBufferDeallocate,
    kCircularBuffer,
    kDataflowBuffer,
    kScratchpad,
    kDeallocateAllCircularBuffers,
    kTensor,
    kProgramExecution,
    kError,
    kOther,
};

enum class GraphSchema : uint8_t { kName, kText, kIntegers };  // in the order of age
std::string_view graph_schema_name(GraphSchema schema);        // "name", "text", "integers"

struct GraphNode {
    GraphNodeKind kind = GraphNodeKind::kOther;
    bool by_name = false;     // the oldest schema's key
    bool integers = false;    // a parameter was a JSON integer
    uint32_t unreadable = 0;  // parameters that are there but are not what they should be
    std::optional<uint64_t> counter;
    std::optional<uint64_t> connection;  // the first one
    std::string_view name;               // of a function
    std::optional<uint64_t> size;        // of a buffer: bytes; of a circular buffer: bytes per core
    std::optional<uint64_t> address;
    std::optional<uint64_t> bytes_per_bank;
    std::optional<uint64_t> page_bytes;
    std::optional<uint64_t> cores;  // 0 for interleaved
    std::optional<uint32_t> device_id;
    bool of_chip = false;  // device_id is a chip's: as the table of a report may say it, no graph does
    std::optional<uint32_t> physical_device_id;
    std::optional<Pool> pool;  // from buffer_type where it is there, else from type
    std::string_view layout;
    std::string_view core_ranges;
    std::string_view device_tensors;
    std::optional<bool> aliases_memory;  // globally_allocated, borrows_memory: the node adds no bytes
    std::optional<bool> cache_hit;
    std::string_view error_message, error_operation;  // of an error
};

// Error::why says what is wrong; the caller knows where.
Result<GraphNode> read_graph_node(const simdjson::dom::element& json);

}  // namespace ttmem

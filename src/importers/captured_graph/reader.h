// Reads a captured graph of any size as a stream of nodes, in memory that does not grow with the file.
//
// Two shapes: an array of nodes, and a report file, an object with "graph" (the array) besides "version", "devices",
// "metadata", "buffer_pages" and others. The text must be valid JSON to its last byte: errors name the source, the byte
// and the reason, and nodes before the error have been handed out by then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/importers/captured_graph/node.h"
#include "src/importers/input/byte_reader.h"

namespace ttmem {

// What a report file says about one device. `device_id` is the chip's logical number.
struct GraphDevice {
    std::optional<uint32_t> device_id;
    std::string arch;
    std::optional<uint64_t> l1_banks, l1_bytes_per_bank, l1_bytes_per_core, l1_base;
    std::optional<uint64_t> dram_banks, dram_bytes_per_bank;
    std::optional<uint64_t> grid_x, grid_y;  // compute cores
};

class GraphSink {
public:
    virtual ~GraphSink() = default;
    // In the order of the file. The node's texts are valid during the call only.
    virtual void node(const GraphNode& node) = 0;
    // Before the nodes or after them: keys of an object have no order.
    virtual void device(const GraphDevice& device) { static_cast<void>(device); }
};

struct GraphFile {
    bool report = false;              // an object with "graph"
    std::optional<uint64_t> version;  // of a report file
    GraphSchema schema = GraphSchema::kText;
    uint64_t nodes = 0;
    uint64_t pages = 0;  // elements of "buffer_pages"
    uint64_t bytes = 0;
};

// Whether a text that begins like this is a captured graph or a report file with one. `head` may be cut anywhere; some
// kilobytes are enough.
bool looks_like_captured_graph(std::string_view head);

// `source` names the text in errors.
Result<GraphFile> read_captured_graph(ByteReader reader, const std::string& source, GraphSink& sink);

}  // namespace ttmem

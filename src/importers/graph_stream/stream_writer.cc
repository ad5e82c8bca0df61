#include "src/importers/graph_stream/stream_writer.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace ttmem {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string_view memory_name(Pool pool) { return pool == Pool::kSystem ? "system_memory" : pool_name(pool); }

std::string_view layout_name(std::string_view layout) {
    if (layout == "HEIGHT_SHARDED") return "height_sharded";
    if (layout == "WIDTH_SHARDED") return "width_sharded";
    if (layout == "BLOCK_SHARDED") return "block_sharded";
    return "interleaved";
}

// Columns and rows of the shards. A graph says only how many cores there are; how a block-sharded buffer divides them
// is not known, so its cores stand in one column.
std::array<uint64_t, 2> grid_of(const GraphNode& node) {
    const uint64_t cores = node.cores.value_or(0);
    if (cores == 0 || layout_name(node.layout) == "interleaved") return {1, 1};
    if (node.layout == "WIDTH_SHARDED") return {1, cores};
    return {cores, 1};
}

// The stream's readers want a name.
std::string_view operation_name(const GraphOperations& operations) {
    const std::string_view name = operations.operation();
    return name.empty() ? "(no operation)" : name;
}

}  // namespace

void StreamWriter::node(const GraphNode& node) {
    switch (node.kind) {
        case GraphNodeKind::kFunctionStart:
            operations_.start(node.name, false);
            break;
        case GraphNodeKind::kFunctionEnd:
            operations_.end();
            break;
        case GraphNodeKind::kBuffer:
            buffers_.mention(node);
            break;
        case GraphNodeKind::kBufferAllocate: {
            const GraphBuffers::Allocated allocated = buffers_.allocate(node);
            if (allocated.replaced) write_free(*allocated.replaced, false);
            if (allocated.buffer == nullptr) {
                ++left_out_;
            } else {
                write_alloc(*allocated.buffer, node);
            }
            break;
        }
        case GraphNodeKind::kBufferDeallocate:
            if (const auto freed = buffers_.free(node)) {
                write_free(freed->buffer, false);
            } else {
                GraphBuffer earlier;
                earlier.bytes = buffers_.bytes_of_earlier(node);
                earlier.pool = node.pool;
                write_free(earlier, true);
            }
            break;
        default:
            break;
    }
}

void StreamWriter::write_alloc(const GraphBuffer& buffer, const GraphNode& node) {
    if (!buffer.bytes || !buffer.pool) {
        ++left_out_;
        return;
    }
    OrderedJson event;
    event["seq"] = events_++;
    event["prog"] = 0;
    event["ev"] = "alloc";
    event["id"] = "%" + std::to_string(buffer.serial);
    event["bytes"] = *buffer.bytes;
    event["mem"] = memory_name(*buffer.pool);
    event["layout"] = layout_name(node.layout);
    event["grid"] = grid_of(node);
    event["op"] = operation_name(operations_);
    event["loc"] =
        node.counter ? "node " + std::to_string(*node.counter) : "allocation " + std::to_string(buffer.serial);
    out_ << event.dump() << '\n';
}

void StreamWriter::write_free(const GraphBuffer& buffer, bool preexisting) {
    if (!buffer.bytes || !buffer.pool) {
        ++left_out_;
        return;
    }
    OrderedJson event;
    event["seq"] = events_++;
    event["prog"] = 0;
    event["ev"] = "free";
    // A node of an earlier buffer may be used again for another one: each free is of a buffer of its own.
    event["id"] = preexisting ? "%arg" + std::to_string(++preexisting_) : "%" + std::to_string(buffer.serial);
    event["bytes"] = *buffer.bytes;
    event["mem"] = memory_name(*buffer.pool);
    if (preexisting) event["preexisting"] = true;
    event["op"] = operation_name(operations_);
    out_ << event.dump() << '\n';
}

Result<StreamSummary> write_captured_graph_as_stream(ByteReader reader, const std::string& source, std::ostream& out) {
    StreamWriter writer(out);
    const Result<GraphFile> file = read_captured_graph(std::move(reader), source, writer);
    if (!file) return file.error();
    out.flush();
    if (!out)
        return Error{"cannot write the stream of " + source, "the output does not take more", "check its free space"};
    return StreamSummary{writer.events(), writer.left_out()};
}

}  // namespace ttmem

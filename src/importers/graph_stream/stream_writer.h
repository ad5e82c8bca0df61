// Writes a captured graph as the neutral stream of allocations and frees that the simulator replays.
//
// One JSON object per line: seq, prog, ev ("alloc" or "free"), id, bytes, mem ("dram", "l1", "l1_small", "trace",
// "system_memory"), layout and grid (of an alloc), op, loc (the node of the graph), preexisting (a free of a buffer
// that the stream does not allocate). Bytes are per chip. A stream has no addresses and no circular buffers. Events
// whose bytes or memory the graph does not say are left out and counted.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "src/base/result.h"
#include "src/importers/captured_graph/buffers.h"
#include "src/importers/captured_graph/operations.h"
#include "src/importers/captured_graph/reader.h"

namespace ttmem {

class StreamWriter : public GraphSink {
public:
    // `out` must outlive the writer; the caller asks it whether writing worked.
    explicit StreamWriter(std::ostream& out) : out_(out) {}

    void node(const GraphNode& node) override;

    uint64_t events() const { return events_; }
    uint64_t left_out() const { return left_out_; }

private:
    void write_alloc(const GraphBuffer& buffer, const GraphNode& node);
    void write_free(const GraphBuffer& buffer, bool preexisting);

    std::ostream& out_;
    GraphBuffers buffers_;
    GraphOperations operations_;
    uint64_t events_ = 0;
    uint64_t preexisting_ = 0;
    uint64_t left_out_ = 0;
};

// Reads a captured graph and writes it to `out` as a stream.
struct StreamSummary {
    uint64_t events = 0;
    uint64_t left_out = 0;
};
Result<StreamSummary> write_captured_graph_as_stream(ByteReader reader, const std::string& source, std::ostream& out);

}  // namespace ttmem

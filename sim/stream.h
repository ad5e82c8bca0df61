// Allocation streams: what a compiled model allocates and frees, in program order, one JSON object in a line.
//
//   {"seq": 1, "prog": 0, "ev": "alloc", "id": "%1", "bytes": 4096, "mem": "dram", "layout": "interleaved",
//    "grid": [1, 1], "op": "ttnn.typecast", "loc": "gather.4"}
//   {"seq": 3, "prog": 0, "ev": "free", "id": "%arg1", "bytes": 512, "mem": "dram", "preexisting": true,
//    "op": "ttnn.deallocate"}
//   {"seq": 4, "ev": "dram_view", "banks": 12, "allocated_mb": 94, ...}
//
// mem: dram, l1, l1_small, trace, or system_memory (of the host: no chip has it, so nothing is simulated). layout:
// interleaved, or height_, width_ or block_sharded over `grid` cores. seq grows. Ids belong to their program.
// preexisting: the tensor is an input of its program, which nobody allocated in the stream. Such ids are not unique:
// each of these frees ends an input of its own.
// maybe_alias: the op could have returned a view. It is an allocation here: in the one stream with the allocator's own
// figures, these fit better with it.
// dram_view: what a device's allocator reported, per bank and in MiB, just before the op ran whose events stand in
// front of it (an op may have none).
//
// A stream is read and checked as a whole before anything of it is done.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "sim/buffer_type.h"

namespace ttmem::sim {

struct StreamTensor {
    uint64_t bytes = 0;
    BufferType mem = BufferType::kDram;
    uint32_t shard_cores = 0;  // L1 and L1_SMALL alone: sharded over so many cores; 0 interleaved
    uint32_t program = 0;
    bool preexisting = false;
};

struct StreamEvent {
    enum class Kind : uint8_t { kAlloc, kFree, kDramView } kind = Kind::kAlloc;
    uint64_t seq = 0;
    uint64_t line = 0;        // in the file, from 1
    uint32_t program = 0;     // of a dram_view: of the event in front of it
    uint32_t tensor = 0;      // into Stream::tensors
    uint32_t op = 0;          // into Stream::ops
    uint32_t view_banks = 0;  // of a dram_view
    uint64_t view_allocated_mb = 0;
};

struct Stream {
    std::string file;
    std::vector<std::string> ops;
    std::vector<StreamTensor> tensors;
    std::vector<StreamEvent> events;

    // What a device needs for it.
    uint32_t grid_cores = 0;  // of the largest L1 grid
    uint64_t grid_cores_line = 0;
    std::optional<uint32_t> dram_banks;  // of its first dram_view
};

// Throws Refused with "file:line: reason" for the first line that is not as above, allocates an id that is live, or
// frees one that is not.
Stream read_stream(std::istream& input, const std::string& file);
Stream read_stream(const std::string& file);

}  // namespace ttmem::sim

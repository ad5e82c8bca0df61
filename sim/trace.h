// Traces: what was dispatched during a capture, launched again by a replay, which allocates nothing. Its commands lie
// in the trace region of the mesh's DRAM.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/cb_truth.h"
#include "sim/mesh_buffer.h"
#include "ttmem/ttmem.h"

namespace ttmem::sim {

class IDevice;
class MeshDevice;

// begin_trace_capture of one thread; the device must stay.
class TraceCapture {
public:
    explicit TraceCapture(MeshDevice& mesh);
    TraceCapture(const TraceCapture&) = delete;
    ~TraceCapture();

    // Whether the calling thread captures this device or the mesh that it is a part of; then the launch is kept.
    static bool takes(const IDevice& device, const CbTruth::Launch& launch);

private:
    friend class Trace;
    MeshDevice& mesh_;
    std::vector<CbTruth::Launch> launches_;
};

class Trace {
public:
    // end_trace_capture: the commands' buffer is allocated. Throws OutOfMemory.
    Trace(TraceCapture& capture, std::string name, uint64_t command_bytes);
    // release_trace.
    ~Trace();
    Trace(const Trace&) = delete;

    // execute_trace.
    void replay();

    uint64_t id() const { return id_; }

private:
    MeshDevice& mesh_;
    uint64_t id_;
    std::vector<CbTruth::Launch> launches_;
    ttmem_handle tracked_;
    std::shared_ptr<MeshBuffer> commands_;
};

}  // namespace ttmem::sim

// What a tt-metal process has one of: the machine's chips, the tracker, the counters that give out ids, and, because it
// is a simulation, the truth. It outlives all devices and buffers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/chip.h"
#include "sim/graph_tracker.h"
#include "sim/machine.h"
#include "sim/truth.h"

namespace ttmem::sim {

class MetalContext {
public:
    // Makes the chips known to ttmem and to the truth. No device is open yet.
    MetalContext(Machine machine, Truth& truth, GraphTracker& tracker);
    MetalContext(const MetalContext&) = delete;

    const Machine& machine() const { return machine_; }
    Truth& truth() { return truth_; }
    GraphTracker& tracker() { return tracker_; }
    const std::vector<std::shared_ptr<Chip>>& chips() const { return chips_; }

    uint64_t next_buffer_id() { return next_buffer_id_++; }
    // Of programs and traces.
    uint64_t next_program_id() { return next_program_id_++; }
    uint64_t next_iteration() { return next_iteration_++; }
    // From 0, and not a chip's number: tt-metal's mesh ids and chip ids look alike and never meet.
    uint32_t next_mesh_id() { return next_mesh_id_++; }

private:
    Machine machine_;
    Truth& truth_;
    GraphTracker& tracker_;
    std::vector<std::shared_ptr<Chip>> chips_;
    std::atomic<uint64_t> next_buffer_id_{1};
    std::atomic<uint64_t> next_program_id_{1};
    std::atomic<uint64_t> next_iteration_{1};
    std::atomic<uint32_t> next_mesh_id_{0};
};

}  // namespace ttmem::sim

// The workload `replay`: does what an allocation stream says on all chips of a machine, with addresses from the
// simulated allocator.
//
// Each program of the stream is an iteration, each event happens in the scope of its op. A program's inputs (its
// preexisting tensors) are allocated just before it begins, with the tag `preexisting`; tensors in memory of the host
// are no device memory and are left out. The mesh is opened with regions for L1_SMALL and for traces of twice what the
// stream has there at once, so that gaps between its tensors are no obstacle. What the stream does not free is released
// by the close of the mesh.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/allocator.h"
#include "sim/machine.h"
#include "sim/metal_context.h"
#include "sim/points.h"
#include "sim/stream.h"

namespace ttmem::sim {

struct ReplaySummary {
    uint64_t allocations = 0, frees = 0, inputs = 0, host_tensors = 0;
    uint64_t live_at_end = 0;

    // The stream's own allocator reports against the simulated allocator, per bank.
    uint64_t dram_views = 0;
    std::optional<int64_t> reported_minus_simulated_min, reported_minus_simulated_max;  // bytes
};

// start, prog<N> after the last event of each program, end, closed. Beside these there is seq<N>, after the event with
// that number, and `failed` when memory ran out.
std::vector<std::string> replay_points(const Stream& stream);
bool is_replay_point(const Stream& stream, const std::string& name);

// The smallest built-in machine with the cores and DRAM banks that the stream names.
Machine machine_for(const Stream& stream);

// The regions that the mesh is opened with.
DeviceParams device_params(const Stream& stream, const ChipSpec& chip);

// Throws Refused when an event needs more cores than a chip has (with file and line), or when a chip has no room for
// the regions.
void check_fits(const Stream& stream, const Machine& machine);

// `seed` decides the order in which inputs are allocated; 0: as they are freed. Throws OutOfMemory.
ReplaySummary run_replay(MetalContext& context, Points& points, const Stream& stream, uint64_t seed);

}  // namespace ttmem::sim

// What the workloads `decode`, `conv` and `random` have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/metal_context.h"
#include "sim/plant.h"
#include "sim/points.h"

namespace ttmem::sim {

struct WorkloadOptions {
    uint64_t seed = 0;
    uint64_t steps = 0;  // 0: the workload's own number
    std::vector<PlantKind> plants = {};
    // What `random` opens its devices with; absent: as the workload has it.
    std::optional<uint64_t> l1_small_size = {}, trace_region_size = {};
};

// A workload as the command line names it.
struct Workload {
    const char* name;
    const char* title;
    const char* machine;  // the one it runs on when none is named
    uint64_t steps;       // when none are named
    const char* points;   // in words
    bool (*has_point)(const std::string& point, uint64_t steps);
    // Throws OutOfMemory, CbFailure.
    void (*run)(MetalContext& context, Points& points, const WorkloadOptions& options);
};

extern const Workload kDecode, kConv, kRandom;

// Whether `point` is PREFIX<n> with 1 <= n <= last.
bool is_numbered(const std::string& point, const std::string& prefix, uint64_t last);

}  // namespace ttmem::sim

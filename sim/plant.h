// Bugs that are planted on purpose, one of each kind as applications have them, to see whether ttmem finds them. What
// was planted is noted in the truth: kind, operation, class, place, and what else there is to find.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/mesh_device.h"

namespace ttmem::sim {

enum class PlantKind : uint8_t {
    kLeak,           // a tensor that outlives the iteration that made it
    kMissingCbFree,  // a program that is destroyed without giving its circular buffers back
    kDoubleFree,     // a tensor that is freed twice
    kClash,          // circular buffers that reach into an L1 buffer
    kFragmentation,  // an allocation for which there is room, but not in one piece
    kReopen,         // a tensor that is freed when its device was closed and opened again
    kUnderTrace,     // a tensor that is allocated where a live trace writes, before its replay; needs a trace region
};

// "leak", "missing-cb-free", "double-free", "clash", "fragmentation", "reopen", "under-trace", in the order of
// PlantKind.
const std::vector<std::string>& plant_names();
// Throws UsageError for another name.
PlantKind plant_from_name(const std::string& name);

// Plants once what it was made for, when the workload calls plant(): inside an iteration of its own, on that mesh.
class Planter {
public:
    explicit Planter(std::vector<PlantKind> kinds = {}) : kinds_(std::move(kinds)) {}

    // Requires: the mesh is open. The first call plants, later ones do nothing.
    void plant(MeshDevice& mesh);

private:
    std::vector<PlantKind> kinds_;
    bool planted_ = false;
};

}  // namespace ttmem::sim

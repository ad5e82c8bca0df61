// The workload `mesh-test`: on a mesh of all chips, three times in one process, an addition and a matrix multiplication
// of tensors that every chip has its own of. Six tensors of 14,680,064 B, and two programs that stay in the program
// cache (12,288 and 24,576 B of binaries) until it is cleared; nothing is left after each run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/metal_context.h"
#include "sim/plant.h"
#include "sim/points.h"

namespace ttmem::sim {

// run1.tensors, run1.add, run1.matmul, run1.tensors_freed, run1.cache_cleared, run1.closed, run2.tensors, ...
std::vector<std::string> mesh_test_points();

// `seed` decides the order in which inputs are uploaded and tensors freed; 0: as a program would write it. Figures at
// the points do not depend on it. `plants` are planted in the second run, before its tensors are freed. Throws
// OutOfMemory.
void run_mesh_test(MetalContext& context, Points& points, uint64_t seed, const std::vector<PlantKind>& plants = {});

}  // namespace ttmem::sim

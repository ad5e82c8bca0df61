// Which chips a mesh of a report has.
//
// Executions (schema 3.5) name the mesh and the chip. In reports without them tensors name the mesh, and their device
// tensors the chips; or the mesh once more, where the capture did not say, so that only the captured graphs may tell.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "src/base/result.h"
#include "src/importers/ttnn_report/database.h"

namespace ttmem {

// By rank and mesh. A mesh that is not in it is not known.
using ChipsOfMeshes = std::map<std::pair<int64_t, uint32_t>, std::set<uint32_t>>;
Result<ChipsOfMeshes> chips_of_meshes(const ReportDatabase& database);

}  // namespace ttmem

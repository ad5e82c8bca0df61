// A recording of what ttmem did not record.
#pragma once

#include <string>

#include "src/base/result.h"
#include "src/model/event.h"

namespace ttmem {

// Of a captured graph or a report of ttnn (importers/graph_recording.h). An error of anything else: for a source that
// `ttmem show` knows, that it tells no order of allocations and frees.
Result<Recording> imported_recording(const std::string& path);

}  // namespace ttmem

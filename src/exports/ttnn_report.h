// A ttnn report, as ttnn-visualizer opens it: a folder with db.sqlite (schema 3.5) and config.json.
//
// Its rows of buffers are what was live when each outermost operation ended: their number grows with operations times
// live allocations, as in ttnn's own reports. So there is a budget in any case, which leaves out the last operations.
// Where no operation is known, iterations are the operations, or the whole recording is one.
#pragma once

#include <string>

#include "src/base/result.h"
#include "src/exports/exported.h"

namespace ttmem {

constexpr uint64_t kMostReportBytes = uint64_t{1} << 30;

// `folder` is made if it is not there. An earlier report of ours in it is replaced with `force` alone, when the new one
// is complete; a db.sqlite, a config.json or a journal that ttmem did not write never, and nothing else is touched.
// `bytes` becomes the size of the database.
Result<Exported> write_ttnn_report(const Recording& recording, const std::string& folder, bool force,
                                   uint64_t most_bytes, uint64_t& bytes);

}  // namespace ttmem

// Reports of ttnn, as ttnn-visualizer reads them: db.sqlite.
//
// The table `buffers` shows what was live at the END of each operation; circular buffers and tensors that live within
// one are not in it, so its own maximum understates. Here each operation's captured graph is replayed on top of what
// was live before it, and the result is compared with `buffers` at its end: the table is right, differences are made
// good and counted. Where a report has no captured graphs, its peaks are those of the ends of operations, and that is
// said. All schemas are accepted: with and without buffer_pages, buffer_chunks, rank, stack_traces, source_files,
// buffer_layout; unknown tables and columns do not disturb.
// Requested bytes are known for buffers that a captured graph allocates or whose pages are listed; reserved bytes where
// the table devices gives the number of banks (L1).
#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/importers/captured_graph/reader.h"
#include "src/model/imported_use.h"

namespace ttmem {

// Whether the bytes begin an SQLite file. Whether that is a report, only reading it tells.
bool looks_like_sqlite(std::string_view head);

// `path` is the database or the folder it lies in. Errors name the file and the reason. `also` is told the nodes of the
// first host, as if they were one captured graph. The version is the report's schema_version, "unversioned" in those
// before it.
Result<ImportedUse> read_ttnn_report(const std::string& path, GraphSink* also = nullptr);

}  // namespace ttmem

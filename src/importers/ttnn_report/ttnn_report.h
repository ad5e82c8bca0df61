// Reports of ttnn, as ttnn-visualizer reads them: db.sqlite, with config.json beside it.
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

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/importers/captured_graph/reader.h"
#include "src/model/imported_use.h"

namespace ttmem {

struct ReportOperation {
    int64_t rank = 0;  // of the host, 0 in reports of one
    int64_t id = 0;
    std::string name;
    std::optional<double> seconds;
    uint64_t buffers_at_end = 0;  // rows of `buffers`
    bool has_graph = false;
};

struct TtnnReport {
    std::string path;                   // of the database
    std::string name;                   // from config.json, "" without
    std::vector<std::string> features;  // optional tables and columns that it has, such as "buffer_pages" and "rank"
    std::vector<ReportOperation> operations;
    std::optional<uint64_t> stack_traces, errors;
    ImportedUse use;  // format "ttnn-report", version the report's schema_version, "unversioned" in those before it
};

// Whether the bytes begin an SQLite file. Whether that is a report, only reading it tells.
bool looks_like_sqlite(std::string_view head);

// `path` is the database or the folder it lies in. Errors name the file and the reason. `also` is told the nodes of the
// first host, as if they were one captured graph.
Result<TtnnReport> read_ttnn_report(const std::string& path, GraphSink* also = nullptr);

}  // namespace ttmem

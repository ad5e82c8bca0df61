#include "src/importers/ttnn_report/columns.h"

#include <initializer_list>

namespace ttmem {
namespace {

std::string lack_of(const ReportDatabase& database, const std::string& table,
                    std::initializer_list<const char*> columns) {
    std::string names;
    if (!database.has(table)) return names;
    for (const char* column : columns) {
        if (!database.has(table, column)) names += (names.empty() ? "\"" : ", \"") + std::string(column) + "\"";
    }
    return names.empty() ? "" : "its table \"" + table + "\" has no " + names + ", as if of a newer schema";
}

}  // namespace

ReportColumns columns_of(const ReportDatabase& database) {
    ReportColumns columns;
    columns.refusal = lack_of(database, "operations", {"operation_id"});
    const std::string buffers = lack_of(database, "buffers", {"operation_id", "device_id", "address", "buffer_type"});
    const std::string graphs = lack_of(database, "captured_graph", {"operation_id", "captured_graph"});
    columns.buffers = database.has("buffers") && buffers.empty();
    columns.graphs = database.has("captured_graph") && graphs.empty();
    for (const std::string& lack : {buffers, graphs}) {
        if (!lack.empty()) columns.lacks.push_back(lack);
    }
    if (columns.refusal.empty() && !columns.buffers && !columns.graphs) columns.refusal = columns.lacks.at(0);
    return columns;
}

}  // namespace ttmem

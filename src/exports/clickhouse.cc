#include "src/exports/clickhouse.h"

#include <iterator>

#include "src/exports/table.h"
#include "src/exports/table_form.h"

namespace ttmem {
namespace {

void add(Exported& all, Exported table) {
    all.items += table.items;
    all.left_out += table.left_out;
    std::move(table.notes.begin(), table.notes.end(), std::back_inserter(all.notes));
    // Of allocations it has the damage that their replay met, too.
    if (all.coverage.notes.size() <= table.coverage.notes.size()) all.coverage = std::move(table.coverage);
}

}  // namespace

Exported write_clickhouse(const Recording& recording, const ClickHouseTables& tables, ByteSink& sink) {
    Exported all;
    all.unit = "row";
    if (tables.allocations) sink.put(create_statement(allocation_form()));
    if (tables.events) sink.put(create_statement(event_form()));
    if (tables.allocations) add(all, write_allocation_table(recording, RowSyntax::kValues, sink));
    if (tables.events) add(all, write_event_table(recording, RowSyntax::kValues, sink));
    return all;
}

}  // namespace ttmem

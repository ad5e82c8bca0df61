// A recording as a table: a row per event in their order, or a row per allocation with its whole life.
//
// One pass; of allocations only those that live are in memory. Bytes are of one chip: an allocation on 8 chips is one
// row with `chips` 8. JSON has a first line with the processes and places, and a last one that says what is missing.
#pragma once

#include "src/exports/exported.h"
#include "src/exports/row.h"

namespace ttmem {

Exported write_event_table(const Recording& recording, RowSyntax syntax, ByteSink& sink);

// In the order in which they ended; those that are live at the end last.
Exported write_allocation_table(const Recording& recording, RowSyntax syntax, ByteSink& sink);

}  // namespace ttmem

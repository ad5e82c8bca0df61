// A recording as statements for clickhouse-client: the tables, as far as they are not there, and what belongs into
// them.
//
// Bytes that are in a name are in the table, whatever they are. A recording that is written twice is there once.
#pragma once

#include "src/exports/exported.h"

namespace ttmem {

struct ClickHouseTables {
    bool events = true, allocations = true;
};

// Allocations come first, so that a budget cuts off events before them.
Exported write_clickhouse(const Recording& recording, const ClickHouseTables& tables, ByteSink& sink);

}  // namespace ttmem

// What the allocation server was told, beside ttmem's own data: a source of its own, never added to its figures.
#pragma once

#include "src/analysis/snapshot/registrations.h"
#include "src/views/json/json.h"

namespace ttmem {

Json allocation_server_json(const std::optional<AllocationServerState>& state);

Json registrants_json(const std::optional<AllocationServerState>& state, uint64_t address);

}  // namespace ttmem

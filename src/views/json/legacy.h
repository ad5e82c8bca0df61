// What the allocation server was told, beside ttmem's own data: a source of its own, never added to its figures.
#pragma once

#include "src/analysis/legacy.h"
#include "src/views/json/json.h"

namespace ttmem {

Json legacy_json(const std::optional<LegacyState>& state);

Json legacy_owners_json(const std::optional<LegacyState>& state, uint64_t address);

}  // namespace ttmem

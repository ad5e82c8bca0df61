// What the allocation server was told, beside ttmem's own data: a source of its own, never added to its figures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/analysis/legacy.h"
#include "src/views/text/look.h"

namespace ttmem {

// For `status` and `ps`. Nothing listens: "" and null.
std::string legacy_text(const std::optional<LegacyState>& state, const Look& look);

// For `explain ADDRESS`: each owner with its story.
std::string legacy_owners_text(const std::optional<LegacyState>& state, uint64_t address, const Look& look);

}  // namespace ttmem

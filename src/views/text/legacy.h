// What the old allocation server was told, beside ttmem's own data: a source of its own, never added to its figures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/analysis/legacy.h"
#include "src/views/text/json.h"
#include "src/views/text/look.h"

namespace ttmem {

// For `status` and `ps`. Nothing listens: "" and null.
std::string legacy_text(const std::optional<LegacyState>& state, const Look& look);
Json legacy_json(const std::optional<LegacyState>& state);

// For `explain ADDRESS`: each owner with its story.
std::vector<std::string> legacy_story(const LegacyState& state, const LegacyOwner& owner);
std::string legacy_owners_text(const std::optional<LegacyState>& state, uint64_t address, const Look& look);
Json legacy_owners_json(const std::optional<LegacyState>& state, uint64_t address);

}  // namespace ttmem

// What the allocation server was told, beside ttmem's own data: a source of its own, never added to its figures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/analysis/snapshot/registrations.h"
#include "src/views/text/look.h"

namespace ttmem {

// For `status` and `ps`. Nothing listens: "" and null.
std::string allocation_server_text(const std::optional<AllocationServerState>& state, const Look& look);

// For `explain ADDRESS`: each registrant with its story.
std::string registrants_text(const std::optional<AllocationServerState>& state, uint64_t address, const Look& look);

}  // namespace ttmem

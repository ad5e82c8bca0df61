// The state of an allocation server as text, on its way from `ttmem allocation-server` to the other commands.
#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/model/allocation_server.h"

namespace ttmem {

// JSON on one line, schema "ttmem.legacy-state/1": it and its field "fork" (the counts) keep their former names.
std::string allocation_server_document(const AllocationServerState& state);

// Doubts every field: the text may come from anybody.
Result<AllocationServerState> parse_allocation_server_document(std::string_view text);

}  // namespace ttmem

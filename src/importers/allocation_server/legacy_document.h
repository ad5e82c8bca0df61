// The state of an allocation server as text, on its way from `ttmem allocation-server` to the other commands.
#pragma once

#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/model/legacy.h"

namespace ttmem {

// JSON on one line, schema "ttmem.legacy-state/1".
std::string legacy_document(const LegacyState& state);

// Doubts every field: the text may come from anybody.
Result<LegacyState> parse_legacy_document(std::string_view text);

}  // namespace ttmem

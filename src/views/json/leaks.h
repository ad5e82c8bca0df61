// `ttmem leaks`: what leaked, and what ended processes still held, by process and owner.
#pragma once

#include "src/views/json/list_document.h"
#include "src/views/values/leaks.h"

namespace ttmem {

// `values` has to live as long as the document.
ListDocument leaks_json(const LeaksValues& values);

// What no one can call leaked or not. `over` as the sums of the document.
Json judgement_json(const Judgement& judgement, Over over = Over::kAllChips);

// A document that goes on with a list of what was left, allocations and circular buffers. Snapshot and `left` have to
// live as long as it.
ListDocument with_leaks(Json before, std::string_view name, const Snapshot& snapshot, const std::vector<LeftBy>& left,
                        size_t limit = 0);

}  // namespace ttmem

// `ttmem leaks`: what leaked, and what ended processes still held, by process and owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/leaks.h"
#include "src/views/text/list_document.h"
#include "src/views/text/look.h"

namespace ttmem {

struct LeaksValues {
    const Snapshot& snapshot;
    std::vector<LeftBy> left;
    VerdictBytes verdicts;
};

std::string leaks_text(const LeaksValues& values, const Look& look);
// `values` has to live as long as the document.
ListDocument leaks_json(const LeaksValues& values);

// A document that goes on with a list of what was left, allocations and circular buffers. Snapshot and `left` have to
// live as long as it.
ListDocument with_leaks(Json before, std::string_view name, const Snapshot& snapshot, const std::vector<LeftBy>& left);

}  // namespace ttmem

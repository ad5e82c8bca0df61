// `ttmem buffers`: live allocations, one line each.
#pragma once

#include <cstddef>
#include <string>

#include "src/analysis/select.h"
#include "src/views/text/list_document.h"
#include "src/views/text/look.h"
#include "src/views/text/untracked.h"

namespace ttmem {

struct BuffersValues {
    const Snapshot& snapshot;
    Selection selection;  // in the order of showing
    size_t limit = 0;     // 0: all. The totals are those of the whole selection in any case
    UntrackedProcesses untracked;
};

std::string buffers_text(const BuffersValues& values, const Look& look);
// `values` has to live as long as the document.
ListDocument buffers_json(const BuffersValues& values);

}  // namespace ttmem

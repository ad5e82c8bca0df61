// Cells of programs and their circular buffers that several views show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "src/model/snapshot.h"
#include "src/views/text/look.h"

namespace ttmem {

// "24.0 KiB each", on several chips.
std::string each_text(std::string bytes, size_t chips);

// On each chip, where it is the same on all of them; else the sum, and on how many it is.
std::string resident_text(const ProgramCbs& cbs, size_t chips, const Look& look);

std::string_view kind_title(CbKind kind);  // "CB", "DFB", "scratchpad"

}  // namespace ttmem

// The chips of an imported source as tables: peaks, and what was in use at its end. Chips with equal figures are one
// row.
#pragma once

#include <string>

#include "src/model/imported_use.h"
#include "src/views/text/look.h"

namespace ttmem {

// What the peak was, in which operation, of what: one line.
std::string use_verdict(const ImportedUse& use, const Look& look);

// "" where nothing is known of any chip. Each column with a dash is explained below its table.
std::string chips_text(const ImportedUse& use, const Look& look);

}  // namespace ttmem

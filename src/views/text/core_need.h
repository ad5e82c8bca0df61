// What programs needed of a core's L1, in sentences.
#pragma once

#include <string>

#include "src/analysis/recording/core_need.h"
#include "src/views/text/look.h"

namespace ttmem {

// With a newline; it begins with the verdict, and says how it may be off.
std::string core_need_text(const Recording& recording, const CoreNeed& need, const Look& look);

}  // namespace ttmem

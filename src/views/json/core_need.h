// What programs needed of a core's L1, as an item of a document.
#pragma once

#include <vector>

#include "src/analysis/recording/core_need.h"
#include "src/views/json/recorded.h"

namespace ttmem {

// What it was made of; null where no program told.
void add_core_bytes(Json& json, const CoreNeed& need);

Json core_need_json(const Recording& recording, const Holders& holders, const CoreNeed& need);
Json core_needs_json(const Recording& recording, const Holders& holders, const std::vector<CoreNeed>& needs);

}  // namespace ttmem

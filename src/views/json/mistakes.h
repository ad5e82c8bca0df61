// What applications did wrong, and allocations that failed, as processes' ledgers count them.
#pragma once

#include "src/views/json/json.h"

namespace ttmem {

Json mistakes_json(const Mistakes& mistakes);

}  // namespace ttmem

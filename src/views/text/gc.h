// `ttmem gc`: which ledgers of ended processes were removed.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/gc.h"

namespace ttmem {

std::string gc_text(const GcValues& values, const Look& look);

}  // namespace ttmem

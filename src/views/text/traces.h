// `ttmem traces` as text: the verdict, the trace region, each trace, and the blocks in its way.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/traces.h"

namespace ttmem {

std::string traces_text(const TracesValues& values, const Look& look);

}  // namespace ttmem

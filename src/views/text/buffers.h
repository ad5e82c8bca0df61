// `ttmem buffers`: live allocations, one line each.
#pragma once

#include <string>

#include "src/model/machine.h"
#include "src/views/text/look.h"
#include "src/views/values/buffers.h"

namespace ttmem {

std::string buffers_text(const BuffersValues& values, const Look& look);

}  // namespace ttmem

// `ttmem tree`: who holds what, level by level.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/tree.h"

namespace ttmem {

std::string tree_text(const TreeValues& values, const Look& look);

}  // namespace ttmem

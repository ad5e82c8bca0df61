// `ttmem diff`: what grew between runs, and whose it is.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/diff.h"

namespace ttmem {

std::string diff_text(const DiffValues& values, const Look& look);

}  // namespace ttmem

// `ttmem show FILE`: what a source that ttmem did not write says about device memory.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/show.h"

namespace ttmem {

std::string show_text(const ShowValues& values, const Look& look);

}  // namespace ttmem

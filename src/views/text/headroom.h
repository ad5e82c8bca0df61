// `ttmem headroom`: what each pool may still take.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/headroom.h"

namespace ttmem {

std::string headroom_text(const HeadroomValues& values, const Look& look);

}  // namespace ttmem

// `ttmem leaks`: what leaked, and what ended processes still held, by process and owner.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/leaks.h"

namespace ttmem {

std::string leaks_text(const LeaksValues& values, const Look& look);

}  // namespace ttmem

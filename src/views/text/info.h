// What is in a capture, as text.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/info.h"

namespace ttmem {

std::string info_text(const InfoValues& values, const Look& look);

}  // namespace ttmem

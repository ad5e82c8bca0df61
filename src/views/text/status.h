// `ttmem status`: how much of each pool of each chip is in use, and by which processes.
#pragma once

#include <string>

#include "src/model/machine.h"
#include "src/views/text/look.h"
#include "src/views/values/status.h"

namespace ttmem {

// Chips with the same figures share their lines, so that 32 chips fit on a screen.
std::string status_text(const StatusValues& values, const Look& look);

}  // namespace ttmem

// `ttmem status`: how full the chips are, and who uses them.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command status_command();

}  // namespace ttmem

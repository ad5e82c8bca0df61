// `ttmem buffers`: live allocations.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command buffers_command();

}  // namespace ttmem

// `ttmem programs`: programs, their circular buffers, and traces.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command programs_command();

}  // namespace ttmem

// `ttmem doctor`: checks what tracking needs on this machine.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command doctor_command();

}  // namespace ttmem

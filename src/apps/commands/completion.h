// `ttmem completion`: scripts that complete ttmem's command line in a shell.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command completion_command();

}  // namespace ttmem

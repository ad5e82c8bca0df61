// `ttmem gc`: removes ledgers of ended processes.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command gc_command();

}  // namespace ttmem

// `ttmem ps`: the processes that record, and with --dead those that did.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command ps_command();

}  // namespace ttmem

// `ttmem run`: runs a program and follows all that it and its descendants record.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command run_command();

}  // namespace ttmem

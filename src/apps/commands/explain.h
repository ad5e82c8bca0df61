// `ttmem explain`: whose an address is, or why the allocations failed that a text tells of.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command explain_command();

}  // namespace ttmem

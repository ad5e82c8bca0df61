// `ttmem leaks`: what leaked, and what ended processes still held.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command leaks_command();

}  // namespace ttmem

// `ttmem show`: what a file of somebody else says about device memory.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command show_command();

}  // namespace ttmem

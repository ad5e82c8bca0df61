// `ttmem version`: what this is.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command version_command();

}  // namespace ttmem

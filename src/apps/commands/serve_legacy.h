// `ttmem serve-legacy`: the allocation server of the tt-metal fork, for its clients as they are.
#pragma once

#include "src/apps/command.h"

namespace ttmem {

Command serve_legacy_command();

}  // namespace ttmem

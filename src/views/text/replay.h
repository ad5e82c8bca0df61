// `ttmem replay` as text: the verdict, each arena, what failed and why, and how far the model can be trusted.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/replay.h"

namespace ttmem {

std::string replay_text(const ReplayValues& values, const Look& look);

}  // namespace ttmem

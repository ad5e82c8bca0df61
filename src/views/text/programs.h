// `ttmem programs`: the programs of running processes, what their circular buffers reserve and occupy where, and the
// traces that dispatch them.
#pragma once

#include <string>

#include "src/model/machine.h"
#include "src/views/text/look.h"
#include "src/views/values/programs.h"

namespace ttmem {

std::string programs_text(const ProgramsValues& values, const Look& look);

}  // namespace ttmem

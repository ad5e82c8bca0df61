// `ttmem programs`: the programs of running processes, what their circular buffers reserve and occupy where, and the
// traces that dispatch them.
#pragma once

#include "src/model/machine.h"
#include "src/views/json/json.h"
#include "src/views/values/programs.h"

namespace ttmem {

Json programs_json(const ProgramsValues& values);

}  // namespace ttmem

// The end of `ttmem run`: a summary for people, and the report for machines (schema "ttmem.run/1").
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/run_report.h"

namespace ttmem {

// Lines that begin with "ttmem: "; the last one is the next command to type.
std::string run_text(const RunValues& values, const Look& look);

}  // namespace ttmem

// `ttmem fit`: the verdict, what each run needed of each pool, and why one does not fit.
#pragma once

#include <string>

#include "src/views/text/look.h"
#include "src/views/values/fit.h"

namespace ttmem {

std::string fit_text(const FitValues& values, const Look& look);

// "N150 with l1_small 0": a run, for a line about it.
std::string fit_run_name(const FitRun& run);

}  // namespace ttmem

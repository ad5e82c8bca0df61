// `ttmem doctor`: what was checked, what was found, and what to do about it.
#pragma once

#include "src/model/machine.h"
#include "src/views/json/json.h"

namespace ttmem {

// `coverage`: what could not be looked at.
Json findings_json(const std::vector<Finding>& findings, WallTime generated_at, const Coverage& coverage = {});

}  // namespace ttmem

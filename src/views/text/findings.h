// `ttmem doctor`: what was checked, what was found, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "src/model/machine.h"
#include "src/views/text/json.h"
#include "src/views/text/look.h"

namespace ttmem {

// The worst of them.
Health overall(const std::vector<Finding>& findings);

std::string findings_text(const std::vector<Finding>& findings, const Look& look);
Json findings_json(const std::vector<Finding>& findings, WallTime generated_at);

}  // namespace ttmem

// `ttmem doctor`: what was checked, what was found, and what to do about it.
#pragma once

#include <string>

#include "src/model/machine.h"
#include "src/views/text/look.h"

namespace ttmem {

std::string findings_text(const std::vector<Finding>& findings, const Look& look);

}  // namespace ttmem

// `ttmem machines`: a row for each machine that tt-metal can mock.
#pragma once

#include <span>
#include <string>

#include "src/model/mock_machine.h"
#include "src/views/text/look.h"

namespace ttmem {

std::string machines_text(std::span<const MockMachine> machines, const Look& look);

}  // namespace ttmem

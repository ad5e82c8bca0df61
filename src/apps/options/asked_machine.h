// The machine that an option names.
#pragma once

#include <string>

#include "src/base/result.h"
#include "src/model/mock_machine.h"

namespace ttmem {

// An unknown name gets the one that was probably meant.
Result<MockMachine> asked_machine(const std::string& name_or_path);

}  // namespace ttmem

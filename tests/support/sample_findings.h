// What the tests of `findings` show, as text and as JSON.
#pragma once

#include "src/model/machine.h"

namespace ttmem {

inline const std::vector<Finding> kFindings = {{Health::kOk, "directory", "/dev/shm/ttmem-0", ""},
                                               {Health::kWarning, "level", "off\x1b", "unset TTMEM_LEVEL"}};

}  // namespace ttmem

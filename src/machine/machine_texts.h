// The texts of sim/machines/*.json, compiled in by CMake.
#pragma once

#include <string_view>
#include <vector>

namespace ttmem {

struct MachineText {
    std::string_view file;
    std::string_view json;
};

const std::vector<MachineText>& machine_texts();

}  // namespace ttmem

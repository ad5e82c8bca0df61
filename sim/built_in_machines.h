// The texts of sim/machines/*.json, compiled in by CMake.
#pragma once

#include <string_view>
#include <vector>

namespace ttmem::sim {

struct BuiltInText {
    std::string_view file;
    std::string_view json;
};

const std::vector<BuiltInText>& built_in_machine_texts();

}  // namespace ttmem::sim

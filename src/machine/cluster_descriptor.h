// Writes tt-umd's cluster descriptor of a machine of sim/machines.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ttmem {

// `machine`: a document of sim/machines. Throws nlohmann::json::exception where it lacks something.
std::string cluster_descriptor_of(const nlohmann::json& machine);

}  // namespace ttmem

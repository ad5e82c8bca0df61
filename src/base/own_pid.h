// Pids across namespaces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ttmem {

// The pid that a process has in the innermost of its namespaces, which is the one it knows itself by; nothing where its
// folder ("/proc/123") does not tell.
std::optional<uint32_t> own_pid(const std::string& process);

}  // namespace ttmem

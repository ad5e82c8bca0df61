// What processes have in the memory of the host, as the kernel says.
#pragma once

#include <cstdint>
#include <optional>

namespace ttmem {

// Resident bytes of a process; nothing where it is gone or not ours to see.
std::optional<uint64_t> host_bytes(uint32_t pid);

}  // namespace ttmem

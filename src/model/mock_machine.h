// A machine that tt-metal can mock: what it holds, as far as that is known without running anything on it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ttmem {

// What a machine of ours holds. All of its chips are alike.
struct MachineContents {
    std::string architecture;  // "wormhole_b0", "blackhole"
    uint32_t chips = 0;
    uint32_t rows = 0, columns = 0;  // of the mesh that all of its chips make
    uint32_t dram_banks = 0;         // of a chip
    uint64_t dram_bytes = 0;         // of a chip, all of it
    // Of a chip, with those that dispatch: how many run programs is the runtime's decision.
    uint32_t cores = 0;
    uint64_t l1_bytes_per_core = 0;
};

struct MockMachine {
    std::string name;                         // "T3000"; of a descriptor of the user's its path
    std::vector<std::string> aliases;         // other names, such as "t3k"
    std::string title;                        // a few words
    std::optional<MachineContents> contents;  // nothing of a descriptor of the user's
    std::string descriptor;                   // text of its cluster descriptor, as tt-umd reads it
};

// A process of a mock run that recorded something and ended otherwise than well.
struct FailedProcess {
    uint32_t pid = 0;
    std::string comm;           // as the process says: escape it
    std::optional<int> status;  // absent: it was killed, or crashed
    uint64_t failed_allocations = 0;
};

}  // namespace ttmem

// A machine: chips with their memory. Descriptions of real machines are built in (sim/machines/*.json, each with its
// sources); any other is read from a description of the same form or from one of tt-umd's cluster descriptors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ttmem::sim {

struct ChipSpec {
    uint64_t unique_id = 0;   // tt-umd's chip_unique_id
    uint32_t logical_id = 0;  // number of the chip in its machine
    std::string arch;         // "wormhole_b0", "blackhole"

    uint32_t dram_banks = 0;
    uint64_t dram_bank_bytes = 0;  // all of a bank
    uint64_t dram_base = 0;        // where allocations may begin in it
    uint32_t dram_alignment = 0;

    uint32_t grid_x = 0, grid_y = 0;  // compute cores; each is an L1 bank
    uint64_t l1_bytes_per_core = 0;   // all of a core's L1
    uint64_t l1_base = 0;             // where circular buffers and allocations may begin in it
    uint32_t l1_alignment = 0;

    uint32_t cores() const { return grid_x * grid_y; }
    bool same_memory(const ChipSpec& other) const;
};

struct Machine {
    std::string name;
    std::vector<std::string> aliases;
    std::string title;
    std::vector<std::string> sources;
    std::vector<ChipSpec> chips;  // at least one, by logical id
};

// In order of size, Wormhole first.
const std::vector<Machine>& built_in_machines();

// The figures of a chip of this architecture as the smallest built-in machine with all DRAM banks has them, without
// its identity.
// Requires: arch is "wormhole_b0" or "blackhole".
const ChipSpec& typical_chip(std::string_view arch);

// A built-in machine by name or alias (case and punctuation do not matter), else a file: *.json is a description of
// our own form, everything else a cluster descriptor. Throws UsageError for an unknown name, Refused for a bad file.
Machine find_machine(const std::string& name_or_path);

// `origin` is named in the reason when the text is refused.
Machine machine_from_json(std::string_view text, const std::string& origin);

}  // namespace ttmem::sim

// A machine with one chip and one with eight, for tests of views.
#pragma once

#include <vector>

#include "src/model/mock_machine.h"

namespace ttmem {

inline std::vector<MockMachine> sample_machines() {
    const MachineContents one{.architecture = "wormhole_b0",
                              .chips = 1,
                              .rows = 1,
                              .columns = 1,
                              .dram_banks = 12,
                              .dram_bytes = uint64_t{12} << 30,
                              .cores = 72,
                              .l1_bytes_per_core = 1'499'136};
    MachineContents eight = one;
    eight.chips = 8;
    eight.rows = 2;
    eight.columns = 4;
    eight.cores = 64;
    return {{"N150", {}, "n150: one Wormhole chip", one, ""},
            {"T3000", {"t3k"}, "T3000: four n300, eight Wormhole chips", eight, ""}};
}

}  // namespace ttmem

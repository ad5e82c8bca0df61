// What tracked programs of the scenarios share: one chip, blocks on it, and how they talk with the scenario.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "ttmem/ttmem.h"

namespace ttmem::scenarios {

constexpr uint64_t kChipId = 0xd01;
constexpr uint64_t kMiB = 1 << 20;

inline ttmem_place open_chip() {
    ttmem_chip_info chip{};
    chip.chip_id = kChipId;
    chip.arch = "wormhole_b0";
    chip.pools[TTMEM_POOL_DRAM] = {12, 0, 1 << 30};
    chip.grid_x = chip.grid_y = 8;
    ttmem_register_chip(&chip);
    ttmem_place_info info{};
    info.kind = TTMEM_PLACE_CHIP;
    info.chip_count = 1;
    info.chip_ids = &kChipId;
    const ttmem_place place = ttmem_register_place(&info);
    ttmem_open(place);
    return place;
}

inline ttmem_allocation block(ttmem_place place, uint64_t address, uint64_t bytes) {
    ttmem_allocation allocation{};
    allocation.place = place;
    allocation.pool = TTMEM_POOL_DRAM;
    allocation.kind = TTMEM_CLASS_TENSOR;
    allocation.address = address;
    allocation.requested_bytes = bytes;
    allocation.bytes_per_bank = (bytes + 11) / 12;
    allocation.banks = allocation.data_banks = 12;
    return allocation;
}

inline ttmem_handle allocate(ttmem_place place, uint64_t address, uint64_t bytes) {
    const ttmem_allocation allocation = block(place, address, bytes);
    return ttmem_record_alloc(&allocation);
}

inline void say_ready(pid_t other = 0) {
    if (other == 0) {
        std::printf("ready %d\n", getpid());
    } else {
        std::printf("ready %d %d\n", getpid(), other);
    }
    std::fflush(stdout);
}

inline void wait_for_end_of_input() {
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
}

}  // namespace ttmem::scenarios

#include "bench/runtime.h"

#include <cstdio>
#include <cstdlib>

namespace ttmem::bench {
namespace {

constexpr uint32_t kChips = 32;

// Their ids.
const uint64_t* registered_chips() {
    static uint64_t ids[kChips];
    static const bool registered = [] {
        for (uint32_t chip = 0; chip < kChips; ++chip) {
            ids[chip] = 0xbe7c00 + chip;
            ttmem_chip_info info{};
            info.chip_id = ids[chip];
            info.logical_id = chip;
            info.arch = "wormhole_b0";
            info.pools[TTMEM_POOL_DRAM] = {12, 0, 1ull << 30};
            info.pools[TTMEM_POOL_L1] = {64, 0, 1'397'984};
            info.grid_x = info.grid_y = 8;
            info.l1_bytes_per_core = 1'499'136;
            info.l1_base = 101'152;
            ttmem_register_chip(&info);
        }
        return true;
    }();
    (void)registered;
    return ids;
}

}  // namespace

ttmem_place new_place(uint32_t chips) {
    static uint32_t number = 0;
    const ttmem_place_info info{TTMEM_PLACE_MESH, number++, 0, chips, registered_chips(), "bench"};
    const ttmem_place place = ttmem_register_place(&info);
    if (place == 0 || ttmem_open(place) != TTMEM_OK) {
        std::fprintf(stderr, "bench: nothing is tracked here; see `ttmem doctor`\n");
        std::exit(1);
    }
    return place;
}

}  // namespace ttmem::bench

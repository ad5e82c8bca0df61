#include "bench/runtime.h"

#include <cstdio>
#include <cstdlib>

namespace ttmem::bench {
namespace {

constexpr uint32_t kChips = 32;

ttmem_place add_place(ttmem_place_kind kind, uint32_t number, const uint64_t* chips, uint32_t count) {
    const ttmem_place_info info{static_cast<uint32_t>(kind), number, 0, count, chips, "bench"};
    const ttmem_place place = ttmem_register_place(&info);
    if (place == 0 || ttmem_open(place) != TTMEM_OK) {
        std::fprintf(stderr, "bench: nothing is tracked here; see `ttmem doctor`\n");
        std::exit(1);
    }
    return place;
}

}  // namespace

const Runtime& Runtime::get() {
    static const Runtime runtime = [] {
        uint64_t ids[kChips];
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
        return Runtime{{add_place(TTMEM_PLACE_CHIP, 0, ids, 1), add_place(TTMEM_PLACE_CHIP, 1, ids + 1, 1)},
                       add_place(TTMEM_PLACE_MESH, 0, ids, 8),
                       add_place(TTMEM_PLACE_MESH, 1, ids, kChips)};
    }();
    return runtime;
}

}  // namespace ttmem::bench

// What the tests of answers about recordings show: a model on two chips, worked out by hand.
//
// 8 GiB of weights stay, tagged; two iterations, in each of which matmul takes 1 GiB and adds a binary in the first,
// and the second leaks 64 MiB. DRAM of a chip is 12 GiB.
#pragma once

#include "tests/support/recording_maker.h"

namespace ttmem {

inline Recording sample_recording() {
    constexpr uint64_t kMiB = 1024 * 1024;
    RecordingMaker maker;
    const uint32_t mesh = maker.place({0xa0, 0xa1});
    for (const uint64_t chip : {0xa0, 0xa1}) {
        ChipUse& use = maker.use(0, chip);
        use.chip.logical_id = static_cast<uint32_t>(chip - 0xa0);
        use.pool(Pool::kDram).capacity_bytes = 12 * 1024 * kMiB;
    }
    const uint32_t load = maker.text("load"), weights = maker.text("weights"), matmul = maker.text("matmul");
    maker.alloc(mesh, Pool::kDram, 8 * 1024 * kMiB, {.op = load, .tag = weights, .persistent = true});
    for (int i = 0; i < 2; ++i) {
        maker.begin_iteration();
        maker.add(EventKind::kOperationBegun).op = matmul;
        const uint64_t out = maker.alloc(mesh, Pool::kDram, 1024 * kMiB, matmul);
        if (i == 0) {
            maker.alloc(mesh, Pool::kDram, kMiB,
                        {.op = matmul, .allocation_class = AllocationClass::kProgram, .holder = 7});
        } else {
            maker.alloc(mesh, Pool::kDram, 64 * kMiB, matmul);
        }
        maker.free(out);
        maker.add(EventKind::kOperationEnded).op = matmul;
        maker.end_iteration();
    }
    return maker.finish();
}

}  // namespace ttmem

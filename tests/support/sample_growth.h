// What the tests of `growth` show: six iterations, in each of which `matmul` leaves 64 KiB on two chips, and softmax a
// program.
#pragma once

#include "src/views/values/growth.h"
#include "tests/support/recording_maker.h"

namespace ttmem {

inline Recording growing_recording() {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({0xa0, 0xa1}), matmul = maker.text("matmul"), softmax = maker.text("softmax");
    for (uint64_t i = 0; i < 6; ++i) {
        maker.begin_iteration();
        maker.alloc(mesh, Pool::kDram, 65536, matmul);
        maker.add(EventKind::kProgramCreated).subject = 100 + i;
        maker.alloc(mesh, Pool::kDram, 2048,
                    {.op = softmax, .allocation_class = AllocationClass::kProgram, .holder = 100 + i});
        maker.end_iteration();
    }
    return maker.finish();
}

}  // namespace ttmem

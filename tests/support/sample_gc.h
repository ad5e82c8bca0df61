// What the tests of `gc` show, as text and as JSON.
#pragma once

#include "src/views/values/gc.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

inline GcValues one_removed() {
    GcValues values;
    values.generated_at = kSampleNow;
    values.removed = {{"/dev/shm/ttmem-0/a\x1b.ledger", 7, 2048, kSampleNow - 600 * kSecond}};
    values.kept_dead = 2;
    values.kept_dead_bytes = 4096;
    values.live = 1;
    values.errors = {{"b.ledger could not be removed", "Permission denied", ""}};
    return values;
}

}  // namespace ttmem

// What the tests of `failures` show, as text and as JSON.
#pragma once

#include "src/views/values/failures.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

inline ShownFailure out_of_memory(const Snapshot* snapshot = nullptr) {
    ShownFailure failure;
    FailureFigures& f = failure.figures;
    f.requested_bytes = 12000, f.buffer_type = "DRAM", f.pool = Pool::kDram;
    f.banks = 12, f.bytes_per_bank = 1000;
    f.bank_bytes = 10000, f.allocated_per_bank = 9400, f.free_per_bank = 600, f.largest_free_per_bank = 500;
    failure.explanation = explain_failure(f, snapshot);
    failure.text = "Out of Memory: \xff";
    failure.line = 1200, failure.offset = 99, failure.count = 3;
    return failure;
}

}  // namespace ttmem

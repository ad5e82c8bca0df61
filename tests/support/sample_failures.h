// What the tests of `failures` show, as text and as JSON.
#pragma once

#include "src/views/values/failures.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

inline ExplainedFailure out_of_memory(const Snapshot* snapshot = nullptr) {
    ExplainedFailure failure;
    FailureFigures& f = failure.found.message.figures;
    f.kind = FailureKind::kOutOfMemory;
    f.requested_bytes = 12000, f.buffer_type = "DRAM", f.pool = Pool::kDram;
    f.banks = 12, f.bytes_per_bank = 1000;
    f.bank_bytes = 10000, f.allocated_per_bank = 9400, f.free_per_bank = 600, f.largest_free_per_bank = 500;
    failure.explanation = explain_failure(f, snapshot);
    failure.found.message.text = "Out of Memory: \xff";
    failure.found.line = 1200, failure.found.offset = 99, failure.found.count = 3;
    return failure;
}

}  // namespace ttmem

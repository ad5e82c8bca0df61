// What the tests of `run_report` show, as text and as JSON.
#pragma once

#include "src/views/values/run_report.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

inline RunValues values_of_run(const Snapshot& s) {
    return {.command = {"python3", "model.py"},
            .run_id = "00000000000000000000000000000abc",
            .child_code = 0,
            .child_signal = 0,
            .exit_code = 0,
            .started_at = s.generated_at - 3 * kSecond,
            .snapshot = s,
            .chips = s.chips,
            .leaks = {leaks_of(s), verdict_bytes(s, select(s, {}))},
            .still_running = {},
            .iterations_by = {}};
}

}  // namespace ttmem

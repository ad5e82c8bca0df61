// A program that fits one machine, does not fit a second, and cannot be told of a third, for tests of views.
#pragma once

#include "src/views/values/fit.h"
#include "tests/support/sample_recording.h"

namespace ttmem {

inline FitValues sample_fit() {
    const Recording recording = sample_recording();
    FitValues values{0, {"python3", "model.py", "{l1_small}"}, {}};
    FailureScan scan;
    FoundFailure found;
    found.operation = "ttnn::conv2d";
    FailureFigures& figures = found.message.figures;
    figures.buffer_type = "L1_SMALL";
    figures.pool = Pool::kL1Small;
    figures.requested_bytes = 4096, figures.banks = 64, figures.bytes_per_bank = 64, figures.bank_bytes = 0;
    scan.failures.push_back(found);
    const ExplainedFailures told = explained_failures(std::move(scan), nullptr);
    values.runs.push_back({"P150", {}, fit_of({.code = 0}, &recording, {}), "", "", false});
    values.runs.push_back({"N150", {{"l1_small", "0"}}, fit_of({.code = 1}, &recording, told), "", "runs/2.log", true});
    values.runs.push_back({"T3000", {}, fit_of({.code = 2, .last_words = "ImportError"}, nullptr, {}), "", "", false});
    return values;
}

}  // namespace ttmem

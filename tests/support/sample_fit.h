// A program that fits one machine, does not fit a second, and cannot be told of a third, for tests of views.
#pragma once

#include <array>

#include "src/views/values/fit.h"
#include "tests/support/sample_recording.h"

namespace ttmem {

inline FitValues sample_fit() {
    const Recording recording = sample_recording();
    FitValues values{0, {"python3", "model.py", "{l1_small}"}, {}, {}, false};
    FailureScan scan;
    FoundFailure found;
    found.operation = "ttnn::conv2d";
    FailureFigures& figures = found.message.figures;
    figures.buffer_type = "L1_SMALL";
    figures.pool = Pool::kL1Small;
    figures.requested_bytes = 4096, figures.banks = 64, figures.bytes_per_bank = 64, figures.bank_bytes = 0;
    scan.failures.push_back(found);
    const ExplainedFailures told = explained_failures(std::move(scan), nullptr);
    values.runs.push_back({"P150", {}, fit_of({.code = 0}, &recording, {}), "", "", false, false});
    Recording failed = sample_recording();
    failed.end.processes[0].failed_allocations = 1;
    values.runs.push_back(
        {"N150", {{"l1_small", "0"}}, fit_of({.code = 1}, &failed, told), "", "runs/2.log", true, false});
    values.runs.push_back(
        {"T3000", {}, fit_of({.code = 2, .last_words = "ImportError"}, nullptr, {}), "", "", false, false});
    return values;
}

// A search of batch=4,6,8,9 that tried all: on a machine where 6 is the largest, one where the last fits, one where
// none does, one where 8 fits and 6 does not, and one where 6 cannot be told.
inline FitValues sample_search() {
    using enum FitVerdict;
    const FitValues all = sample_fit();
    const auto fit_with = [&](FitVerdict verdict) {
        return all.runs[verdict == kFits ? 0 : verdict == kDoesNotFit ? 1 : 2].fit;
    };
    FitValues values{0, {"python3", "model.py", "--batch", "{batch}"}, {}, {}, false};
    const std::vector<std::pair<std::string, std::vector<FitVerdict>>> machines = {
        {"N150", {kFits, kFits, kDoesNotFit, kDoesNotFit}},
        {"P150", {kFits, kFits, kFits, kFits}},
        {"P100", {kDoesNotFit, kDoesNotFit, kDoesNotFit, kDoesNotFit}},
        {"N300", {kFits, kDoesNotFit, kFits, kDoesNotFit}},
        {"T3000", {kFits, kUnknown, kUnknown, kDoesNotFit}}};
    for (const auto& [machine, verdicts] : machines) {
        FitSearch search(4, 1);
        FitSearched searched{machine, {}, "batch", {}, {}};
        for (uint64_t i = 0; i < 4; ++i) {
            search.tell(i, verdicts[i]);
            searched.tried[i] = values.runs.size();
            values.runs.push_back({machine,
                                   {{"batch", std::to_string(std::array{4, 6, 8, 9}[i])}},
                                   fit_with(verdicts[i]),
                                   "",
                                   "",
                                   false,
                                   false});
        }
        searched.answer = search.answer();
        values.searches.push_back(searched);
    }
    return values;
}

// On the first machine 8 and 9 lacked this machine's own memory, or so it seems.
inline FitValues sample_search_short_of_host_memory(HostMemory memory) {
    FitValues values = sample_search();
    values.searches.resize(1);
    FitSearched& searched = values.searches.front();
    FitSearch search(4, 1);
    for (const auto& [position, run] : searched.tried) {
        Fit& fit = values.runs[run].fit;
        if (position >= 2) {
            fit = {};
            fit.reason = "this machine's own memory ran short";
            fit.host_memory = memory;
        }
        search.tell(position, fit.verdict, fit.host_memory);
    }
    searched.answer = search.answer();
    return values;
}

}  // namespace ttmem

// `ttmem fit`: each run of the program, on a machine and with settings, and what it says; with --search also what the
// runs say together.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/analysis/capacity/fit.h"
#include "src/analysis/capacity/fit_search.h"

namespace ttmem {

struct FitRun {
    std::string machine;
    std::vector<std::pair<std::string, std::string>> settings;  // "mesh" and "2x4"; with a search its value comes last
    Fit fit;
    std::string capture, log;        // paths; "" where they are not kept
    bool stand_in_compiler = false;  // kernels were compiled by it
    bool interrupted = false;        // it had not ended when all was interrupted: nothing of it is known
};

// The search for the largest value on one machine, with one combination of settings.
struct FitSearched {
    std::string machine;
    std::vector<std::pair<std::string, std::string>> settings;  // without the value that is searched
    std::string name;                                           // of it: "batch"
    FitSearchAnswer answer;
    std::map<uint64_t, size_t> tried;  // which run is of which position
};

struct FitValues {
    WallTime generated_at = 0;
    std::vector<std::string> command;  // as it was given, with its placeholders
    std::vector<FitRun> runs;
    std::vector<FitSearched> searches;  // empty: none was asked for
    bool interrupted = false;           // of `tried` and the answers only what was known by then

    // Of a search the number counts: it fits where one was found, and does not where no value fits.
    FitVerdict verdict() const {
        std::vector<FitVerdict> verdicts;
        for (const FitSearched& searched : searches) {
            const FitSearchVerdict verdict = searched.answer.verdict;
            verdicts.push_back(verdict == FitSearchVerdict::kFound  ? FitVerdict::kFits
                               : verdict == FitSearchVerdict::kNone ? FitVerdict::kDoesNotFit
                                                                    : FitVerdict::kUnknown);
        }
        if (!searches.empty()) return fit_of_all(verdicts);
        for (const FitRun& run : runs) verdicts.push_back(run.fit.verdict);
        return fit_of_all(verdicts);
    }
};

}  // namespace ttmem

// `ttmem fit`: each run of the program, on a machine and with settings, and what it says.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/analysis/fit.h"

namespace ttmem {

struct FitRun {
    std::string machine;
    std::vector<std::pair<std::string, std::string>> settings;  // "mesh" and "2x4", in the order of the options
    Fit fit;
    std::string capture, log;        // paths; "" where they are not kept
    bool stand_in_compiler = false;  // kernels were compiled by it
};

struct FitValues {
    WallTime generated_at = 0;
    std::vector<std::string> command;  // as it was given, with its placeholders
    std::vector<FitRun> runs;

    FitVerdict verdict() const {
        std::vector<FitVerdict> verdicts;
        for (const FitRun& run : runs) verdicts.push_back(run.fit.verdict);
        return fit_of_all(verdicts);
    }
};

}  // namespace ttmem

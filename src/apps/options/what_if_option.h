// `--what-if l1_small=32K,trace_region=64M,policy=best_fit,machine=p150.ttmem`: what is to be otherwise.
#pragma once

#include <memory>
#include <string>

#include "src/analysis/capacity/what_if.h"
#include "src/apps/options/option_list.h"
#include "src/base/result.h"

namespace ttmem {

struct AskedWhatIf {
    WhatIfSettings settings;
    std::string words;    // as written; "" nothing
    std::string machine;  // a capture that was made on it; "" the same
};

// Reads the capture of the machine. An error where it does not tell what its chips have.
Result<void> read_machine(AskedWhatIf& asked);

void add_what_if_option(OptionList& options, std::shared_ptr<AskedWhatIf> asked);

}  // namespace ttmem

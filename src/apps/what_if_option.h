// `--what-if l1_small=32K,trace_region=64M,policy=best_fit`: what is to be otherwise.
#pragma once

#include <memory>
#include <string>

#include "src/analysis/what_if.h"
#include "src/apps/option_list.h"

namespace ttmem {

struct AskedWhatIf {
    WhatIfSettings settings;
    std::string words;  // as written; "" nothing
};

void add_what_if_option(OptionList& options, std::shared_ptr<AskedWhatIf> asked);

}  // namespace ttmem

// --suppressions: files that say which leaks are known, for every command that tells of leaks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/analysis/leaks/suppressions.h"
#include "src/apps/options/option_list.h"
#include "src/base/result.h"

namespace ttmem {

// May be given several times.
void add_suppressions_option(OptionList& options, std::shared_ptr<std::vector<std::string>> files);

// The lines of all of them. A name that is no file is that of a list which comes with ttmem: "tt-metal".
Result<Suppressions> read_suppressions(const std::vector<std::string>& files);

}  // namespace ttmem

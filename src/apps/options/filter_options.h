// The options that say which allocations a command is about.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/snapshot/select.h"
#include "src/apps/options/option_list.h"

namespace ttmem {

// "3", or "0x361a..."; nothing for what is neither.
std::optional<ChipName> chip_from_text(const std::string& text);

// --pid with --all-incarnations, and --chip. The filter is filled while the command line is parsed.
void add_pid_option(OptionList& options, std::shared_ptr<Filter> filter);
void add_chip_option(OptionList& options, std::shared_ptr<Filter> filter);

// --pid, --chip, --pool, --class, --op, --tag, --min-bytes.
void add_filter_options(OptionList& options, std::shared_ptr<Filter> filter);

// What of it chooses among allocations, as it was asked for: "--pool l1", "--op matmul". Of processes nothing.
std::vector<std::string> filter_words(const Filter& filter);

}  // namespace ttmem

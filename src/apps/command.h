// What makes a subcommand: its words for people, its options, and what it does.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/apps/options/option_list.h"
#include "src/apps/terminal.h"

namespace ttmem {

class Cli;

struct Invocation {
    const Terminal& terminal;
    std::vector<std::string> program;  // the words after `--`
    const Cli& cli;
};

// What runs when a command was chosen; returns the exit code.
using Run = std::function<int(const Invocation&)>;

struct Command {
    std::string name;
    std::string summary;   // one line
    std::string examples;  // lines; help shows them first
    std::string details;   // sentences below the options; may be ""
    std::function<Run(OptionList&)> add_options;
    bool takes_program = false;    // words after `--`
    std::string former_name = "";  // still understood; "" none
};

}  // namespace ttmem

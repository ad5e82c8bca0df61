// What makes a subcommand: its words for people, its options, and what it does.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/apps/terminal.h"

namespace CLI {
class App;
}

namespace ttmem {

struct Invocation {
    const Terminal& terminal;
    std::vector<std::string> program;  // the words behind `--`
};

// What runs when a command was chosen; gives the exit code.
using Run = std::function<int(const Invocation&)>;

struct Command {
    std::string name;
    std::string summary;   // one line
    std::string examples;  // lines; help shows them first
    std::string details;   // sentences below the options; may be ""
    std::function<Run(CLI::App&)> add_options;
    bool takes_program = false;  // words behind `--`
};

}  // namespace ttmem

// The command line of `ttmem`: which command is meant, with which options.
//
// Parsing is CLI11's; this adds help with examples first, `--` for a program's own words, and suggestions for mistyped
// commands. The parser's definition is what `completion` is made from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/apps/command.h"

namespace ttmem {

class Cli {
public:
    explicit Cli(std::vector<Command> commands);
    ~Cli();

    // Parses and runs; returns the exit code. Without a command it is `status`.
    int run(int argc, const char* const* argv);

    // For "bash", "zsh" or "fish"; nullopt for another shell.
    std::optional<std::string> completion_script(const std::string& shell) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ttmem

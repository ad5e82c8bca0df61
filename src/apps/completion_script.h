// Completion scripts for shells, made from the definition of a command line.
#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace ttmem {

// For "bash", "zsh" or "fish"; nullopt for another shell.
std::optional<std::string> completion_script(const CLI::App& root, const std::string& shell);

}  // namespace ttmem

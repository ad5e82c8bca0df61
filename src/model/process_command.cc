#include "src/model/process_command.h"

#include <algorithm>
#include <string_view>

namespace ttmem {
namespace {

// The next word of a command line, whose arguments the client joined by spaces.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

bool takes_a_word(std::string_view option) { return option == "-W" || option == "-X"; }

// "model.py", "-m pytest", "-c"; "" where it is none of them.
std::string script_of(std::string_view line) {
    take_word(line);  // the interpreter
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
        if (word == "-m") return "-m " + std::string(take_word(line));
        if (word == "-c") return "-c";
        if (takes_a_word(word)) take_word(line);
        if (word.front() == '-' || takes_a_word(word)) continue;
        return std::string(word.substr(word.rfind('/') + 1));
    }
    return "";
}

}  // namespace

std::string command_of(const Process& process) {
    if (!process.comm.starts_with("python")) return process.comm;
    const std::string script = script_of(process.command_line);
    return script.empty() ? process.comm : process.comm + " " + script;
}

}  // namespace ttmem

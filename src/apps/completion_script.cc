#include "src/apps/completion_script.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "src/machine/mock_machines.h"

namespace ttmem {
namespace {

struct OptionWords {
    std::string name;  // "--pool"
    std::string description;
    std::vector<std::string> choices;  // values that it may have, if they are few
    bool takes_value = false;
    bool is_file = false;
    bool is_list = false;  // of choices, with commas between them
};

struct CommandWords {
    std::string name, description;
    std::vector<OptionWords> options;
    std::vector<std::string> choices;  // of its first word
    bool takes_file = false;           // a word of it is a file, or may be one: with choices those after the first
};

std::vector<std::string> choices_of(const std::string& type_name) {
    if (type_name == "MACHINE" || type_name == "MACHINES") {
        std::vector<std::string> names;
        for (const MockMachine& machine : mock_machines()) names.push_back(machine.name);
        return names;
    }
    if (type_name.find('|') == std::string::npos) return {};
    return CLI::detail::split(type_name, '|');
}

CommandWords words_of(const CLI::App& app) {
    CommandWords words{app.get_name(), app.get_description(), {}, {}};
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional()) {
            if (words.choices.empty()) words.choices = choices_of(option->get_type_name());
            words.takes_file |= option->get_name(true) == "FILE" || option->get_type_name().ends_with("FILE");
            continue;
        }
        for (const std::string& name : option->get_lnames()) {
            words.options.push_back({"--" + name, option->get_description(), choices_of(option->get_type_name()),
                                     option->get_type_size() != 0, option->get_type_name() == "FILE",
                                     option->get_type_name() == "MACHINES"});
        }
    }
    return words;
}

std::vector<CommandWords> commands_of(const CLI::App& root) {
    std::vector<CommandWords> commands;
    for (const CLI::App* app : root.get_subcommands({})) commands.push_back(words_of(*app));
    return commands;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::string names_of(const std::vector<OptionWords>& options) {
    std::vector<std::string> names;
    for (const OptionWords& option : options) names.push_back(option.name);
    return joined(names);
}

// For a text in single quotes, and in zsh's descriptions in brackets.
std::string quoted(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '\'') {
            safe += "'\\''";
        } else if (c == '[' || c == ']' || c == ':') {
            safe += ' ';
        } else {
            safe += c;
        }
    }
    return safe;
}

std::string bash_script(const std::vector<CommandWords>& commands) {
    std::string names, cases;
    for (const CommandWords& command : commands) {
        names += command.name + " ";
        std::string values;
        for (const OptionWords& option : command.options) {
            if (option.is_list) {
                values += fmt::format(
                    "                {}) COMPREPLY=($(compgen -P \"${{word%\"${{word##*,}}\"}}\" -W '{}' -- "
                    "\"${{word##*,}}\")); return ;;\n",
                    option.name, joined(option.choices));
            } else if (!option.choices.empty()) {
                values += fmt::format("                {}) COMPREPLY=($(compgen -W '{}' -- \"$word\")); return ;;\n",
                                      option.name, joined(option.choices));
            } else if (option.is_file) {
                values +=
                    fmt::format("                {}) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", option.name);
            } else if (option.takes_value) {
                values += fmt::format("                {}) return ;;\n", option.name);
            }
        }
        cases += fmt::format("        {})\n", command.name);
        if (!values.empty()) cases += "            case \"$before\" in\n" + values + "            esac\n";
        if (command.takes_file && !command.choices.empty())
            cases += "            if ((COMP_CWORD > 2)); then COMPREPLY=($(compgen -f -W '" +
                     names_of(command.options) + "' -- \"$word\")); return; fi\n";
        cases += fmt::format("            COMPREPLY=($(compgen {}-W '{} {}' -- \"$word\")) ;;\n",
                             command.takes_file && command.choices.empty() ? "-f " : "", names_of(command.options),
                             joined(command.choices));
    }
    return "# bash completion of ttmem; in ~/.bashrc: source <(ttmem completion bash)\n"
           "_ttmem() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} i\n"
           "    COMPREPLY=()\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        if [[ ${COMP_WORDS[i]} == -- ]]; then\n"
           "            if ((COMP_CWORD == i + 1)); then COMPREPLY=($(compgen -c -- \"$word\"));\n"
           "            else COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
           "            return\n"
           "        fi\n"
           "    done\n"
           "    case ${COMP_WORDS[1]} in\n" +
           cases + fmt::format("        *) COMPREPLY=($(compgen -W '{}' -- \"$word\")) ;;\n", names) +
           "    esac\n"
           "}\n"
           "complete -F _ttmem ttmem\n";
}

std::string zsh_option(const OptionWords& option) {
    std::string spec = fmt::format("'{}[{}]", option.name, quoted(option.description));
    if (option.is_list) {
        spec += fmt::format(":value:_values -s , value {}", joined(option.choices));
    } else if (!option.choices.empty()) {
        spec += fmt::format(":value:({})", joined(option.choices));
    } else if (option.is_file) {
        spec += ":file:_files";
    } else if (option.takes_value) {
        spec += ":value: ";
    }
    return spec + "'";
}

std::string zsh_script(const std::vector<CommandWords>& commands) {
    std::string list, cases;
    for (const CommandWords& command : commands) {
        list += fmt::format("        '{}:{}'\n", command.name, quoted(command.description));
        cases += fmt::format("        {})\n            _arguments", command.name);
        for (const OptionWords& option : command.options) cases += " \\\n                " + zsh_option(option);
        if (!command.choices.empty())
            cases += fmt::format(" \\\n                '1:value:({})'", joined(command.choices));
        if (command.takes_file)
            cases += fmt::format(" \\\n                '{}:file:_files'", command.choices.empty() ? 1 : 2);
        cases += " ;;\n";
    }
    return "#compdef ttmem\n"
           "# zsh completion of ttmem; in ~/.zshrc: source <(ttmem completion zsh)\n"
           "_ttmem() {\n"
           "    local -a ttmem_commands\n"
           "    ttmem_commands=(\n" +
           list +
           "    )\n"
           "    if ((CURRENT == 2)); then _describe command ttmem_commands; return; fi\n"
           "    local command=$words[2]\n"
           "    shift words; ((CURRENT--))\n"
           "    local dashes=${words[(i)--]}\n"
           "    if ((dashes < CURRENT)); then shift $dashes words; ((CURRENT -= dashes)); _normal; return; fi\n"
           "    case $command in\n" +
           cases +
           "    esac\n"
           "}\n"
           "compdef _ttmem ttmem\n";
}

std::string fish_script(const std::vector<CommandWords>& commands) {
    std::string text =
        "# fish completion of ttmem; ttmem completion fish > ~/.config/fish/completions/ttmem.fish\n"
        "complete -c ttmem -f\n"
        "complete -c ttmem -n 'contains -- -- (commandline -poc)' -x"
        " -a '(__fish_complete_subcommand --fcs-skip=2 --report --iterations-by)'\n";
    for (const CommandWords& command : commands) {
        text += fmt::format("complete -c ttmem -n __fish_use_subcommand -a {} -d '{}'\n", command.name,
                            quoted(command.description));
    }
    for (const CommandWords& command : commands) {
        const std::string when = fmt::format("complete -c ttmem -n '__fish_seen_subcommand_from {}'", command.name);
        for (const OptionWords& option : command.options) {
            text += fmt::format("{} -l {} -d '{}'", when, option.name.substr(2), quoted(option.description));
            if (!option.choices.empty()) text += fmt::format(" -x -a '{}'", joined(option.choices));
            if (option.choices.empty() && option.takes_value) text += option.is_file ? " -r -F" : " -x";
            text += "\n";
        }
        const bool has_both = command.takes_file && !command.choices.empty();
        const auto after = [&](const char* test) {
            if (!has_both) return when;
            return fmt::format(
                "complete -c ttmem -n '__fish_seen_subcommand_from {}; and test (count (commandline -poc)) {}'",
                command.name, test);
        };
        if (!command.choices.empty()) text += fmt::format("{} -a '{}'\n", after("-eq 2"), joined(command.choices));
        if (command.takes_file) text += after("-gt 2") + " -F\n";
    }
    return text;
}

}  // namespace

std::optional<std::string> completion_script(const CLI::App& root, const std::string& shell) {
    const std::vector<CommandWords> commands = commands_of(root);
    if (shell == "bash") return bash_script(commands);
    if (shell == "zsh") return zsh_script(commands);
    if (shell == "fish") return fish_script(commands);
    return std::nullopt;
}

}  // namespace ttmem

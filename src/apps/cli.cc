#include "src/apps/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "src/apps/completion_script.h"
#include "src/apps/sources/recordings.h"
#include "src/base/suggestion.h"

namespace ttmem {
namespace {

constexpr const char* kDefaultCommand = "status";
constexpr const char* kVersionOption = "--version";
constexpr const char* kExitCodes =
    "Exit codes: 0 ok, 1 error, 2 usage, 3 nothing tracked, 10 check failed, 12 inconclusive;\n"
    "`run` exits as its program does; 126 and 127 are as in a shell.\n";

// Examples first: they are what most people look for.
class ExamplesFirst : public CLI::Formatter {
public:
    explicit ExamplesFirst(const std::map<const CLI::App*, Command>& commands) : commands_(commands) {
        label("Positionals", "Arguments");
    }

    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        const auto command = commands_.find(app);
        if (command == commands_.end()) return root_help(app, mode);
        const Command& c = command->second;
        std::string text = fmt::format("{}: {}\n\nExamples:\n{}\n", name, c.summary, c.examples);
        text += fmt::format("Usage: {} [OPTIONS]{}{}\n", name, positionals_of(app),
                            c.takes_program ? " -- PROGRAM [WORDS...]" : "");
        text += make_positionals(app) + make_groups(app, mode);
        return c.details.empty() ? text : text + "\n" + c.details;
    }

private:
    std::string root_help(const CLI::App* app, CLI::AppFormatMode mode) const {
        return app->get_description() + "\n" + app->get_footer() +
               "\nUsage: ttmem COMMAND [OPTIONS] (default command: `status`)\n" + make_subcommands(app, mode) +
               make_groups(app, mode) + "\nEach command has --help with examples.\n" + kExitCodes;
    }

    static std::string positionals_of(const CLI::App* app) {
        std::string text;
        for (const CLI::Option* option : app->get_options()) {
            if (!option->get_positional()) continue;
            const std::string word = option->get_name(true);
            text += option->get_required() ? " " + word : " [" + word + "]";
        }
        return text;
    }

    const std::map<const CLI::App*, Command>& commands_;
};

// A command's options as CLI11's.
class ParsedOptions : public OptionList {
public:
    explicit ParsedOptions(CLI::App& app) : app_(app) {}

    void flag(const std::string& names, bool& target, const std::string& description) override {
        app_.add_flag(names, target, description);
    }
    void parsed(const std::string& names, const std::string& values, const std::string& description,
                Parse parse) override {
        const auto read = [names, parse = std::move(parse)](const std::string& text) {
            const std::string problem = parse(text);
            if (!problem.empty()) throw CLI::ValidationError(names, problem);
        };
        if (names.ends_with("...")) return several(names.substr(0, names.size() - 3), values, description, read);
        const bool may_lack = names.ends_with('?');
        const std::string name = may_lack ? names.substr(0, names.size() - 1) : names;
        CLI::Option* option = app_.add_option_function<std::string>(name, read, description)->type_name(values);
        if (!name.starts_with('-') && !may_lack) option->required();
    }

private:
    void several(const std::string& name, const std::string& values, const std::string& description,
                 const std::function<void(const std::string&)>& read) {
        const auto read_all = [read](const std::vector<std::string>& words) {
            for (const std::string& word : words) read(word);
        };
        CLI::Option* option = app_.add_option_function<std::vector<std::string>>(name, read_all, description);
        option->type_name(values);
        if (name.starts_with('-')) {
            option->allow_extra_args(false);  // one word each time
        } else {
            option->required();
        }
    }

    CLI::App& app_;
};

// Words before `--` are ttmem's, those after it the program's: CLI11 would interpret some of them.
struct Words {
    std::vector<std::string> own, program;
    bool has_program = false;
};

Words split_words(int argc, const char* const* argv) {
    Words words;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (!words.has_program && word == "--") {
            words.has_program = true;
        } else {
            (words.has_program ? words.program : words.own).push_back(word);
        }
    }
    return words;
}

void add_output_options(CLI::App& app, OutputOptions& options) {
    app.add_flag("--json", options.json, "Print one JSON document");
    app.add_flag("--bytes", options.exact_bytes, "Print exact bytes instead of human-readable sizes");
    app.add_flag("--no-color", options.no_color, "Print without color (as NO_COLOR does)");
}

}  // namespace

struct Cli::State {
    CLI::App app{"ttmem: who uses the memory of Tenstorrent chips, and what was left behind"};
    std::map<const CLI::App*, Command> commands;
    std::map<const CLI::App*, Run> runs;
    OutputOptions output;

    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& [app, command] : commands) names.push_back(command.name);
        return names;
    }

    // What was given as the command, known or not; "" for none.
    static std::string command_word(const Words& words) {
        const auto is_word = [](const std::string& word) { return !word.starts_with('-'); };
        const auto found = std::find_if(words.own.begin(), words.own.end(), is_word);
        return found == words.own.end() ? "" : *found;
    }

    // The name that a command has today, in place of a former one, or of the option that every program has.
    void rename(Words& words) const {
        const std::string word = command_word(words);
        if (word.empty())
            std::replace(words.own.begin(), words.own.end(), std::string(kVersionOption), std::string("version"));
        const auto is_named_so = [&](const auto& known) { return known.second.former_name == word; };
        const auto found = std::find_if(commands.begin(), commands.end(), is_named_so);
        if (word.empty() || found == commands.end()) return;
        *std::find(words.own.begin(), words.own.end(), word) = found->second.name;
    }

    // "SHELL is required: bash, zsh, fish"
    static std::string with_choices(const CLI::App& chosen, const std::string& message) {
        for (const CLI::Option* option : chosen.get_options()) {
            const std::string choices = option->get_type_name();
            if (message != option->get_name(true) + " is required" || choices.find('|') == std::string::npos) continue;
            std::string text = message + ": ";
            for (const char c : choices) text += c == '|' ? ", " : std::string(1, c);
            return text;
        }
        return message;
    }

    // A wrong word, with the command that was probably meant.
    Error usage_error(const Words& words, const std::string& message) const {
        const CLI::App* chosen = app.get_subcommands().empty() ? nullptr : app.get_subcommands().front();
        const std::string help = chosen ? fmt::format("ttmem {} --help", chosen->get_name()) : "ttmem --help";
        const std::string word = command_word(words);
        const bool wants_program = chosen && commands.at(chosen).takes_program && !words.has_program;
        if (wants_program && chosen->remaining_size() != 0) {
            const std::string first = chosen->remaining().front();
            return {fmt::format("`{}` is not expected here", first), "the program to run comes after `--`",
                    fmt::format("ttmem {} ... -- {} ...", chosen->get_name(), first)};
        }
        if (chosen || word.empty()) return {chosen ? with_choices(*chosen, message) : message, "", help};
        if (is_capture_file(word)) {
            return {fmt::format("`{}` is a capture, and no command says what is asked of it", word), "",
                    fmt::format("ttmem status {0}, ttmem peak {0}, ttmem leaks {0}, ttmem open {0}", word)};
        }
        const std::string suggestion = nearest(word, names());
        return {fmt::format("there is no command `{}`", word), "",
                suggestion.empty() ? help : fmt::format("did you mean `ttmem {}`?", suggestion)};
    }
};

Cli::Cli(std::vector<Command> commands) : state_(std::make_unique<State>()) {
    CLI::App& app = state_->app;
    app.name("ttmem");
    app.formatter(std::make_shared<ExamplesFirst>(state_->commands));
    app.footer(
        "\nExamples:\n"
        "  ttmem                                  what is in use now, on every chip\n"
        "  ttmem run -- python3 model.py          follow a program, then say what it left\n"
        "  ttmem buffers --pool l1 --sort age     the oldest L1 allocations\n"
        "  ttmem explain 0x3ffff000               who owns this address?\n");
    app.require_subcommand(0, 1);
    add_output_options(app, state_->output);
    app.add_flag(kVersionOption)->description("Same as `ttmem version`");
    for (Command& command : commands) {
        CLI::App* sub = app.add_subcommand(command.name, command.summary);
        sub->group("Commands");
        ParsedOptions options(*sub);
        state_->runs[sub] = command.add_options(options);
        add_output_options(*sub, state_->output);
        state_->commands[sub] = std::move(command);
    }
}

Cli::~Cli() = default;

int Cli::run(int argc, const char* const* argv) {
    Words words = split_words(argc, argv);
    state_->rename(words);
    // Known before parsing, so that a wrong command line is answered as it asked for.
    state_->output.json = std::count(words.own.begin(), words.own.end(), "--json") != 0;
    try {
        state_->app.parse(std::vector<std::string>(words.own.rbegin(), words.own.rend()));
    } catch (const CLI::CallForHelp&) {
        const auto chosen = state_->app.get_subcommands();
        if (chosen.empty() && !State::command_word(words).empty()) {
            return Terminal(state_->output).fail(state_->usage_error(words, ""), kUsage);
        }
        const CLI::App* app = chosen.empty() ? &state_->app : chosen.front();
        return Terminal(state_->output).answer(app->help(chosen.empty() ? "" : "ttmem"));
    } catch (const CLI::ParseError& error) {
        return Terminal(state_->output).fail(state_->usage_error(words, error.what()), kUsage);
    }
    const auto chosen = state_->app.get_subcommands();
    const CLI::App* app = chosen.empty() ? state_->app.get_subcommand(kDefaultCommand) : chosen.front();
    const Terminal terminal(state_->output);
    if (words.has_program && !state_->commands.at(app).takes_program) {
        return terminal.fail({"`--` does not belong here", "only `ttmem run` takes a program", "ttmem run -- PROGRAM"},
                             kUsage);
    }
    return state_->runs.at(app)({terminal, std::move(words.program), *this});
}

std::optional<std::string> Cli::completion_script(const std::string& shell) const {
    return ttmem::completion_script(state_->app, shell);
}

}  // namespace ttmem

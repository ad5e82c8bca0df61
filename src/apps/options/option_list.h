// The options of one command, as it declares them. What parses them is the command line's affair (cli.cc), so commands
// do not depend on a parser.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace ttmem {

// `names`: "--pid", "-q,--quiet", or "ADDRESS" for a word that must be given, "ADDRESS?" for
// one that may be, "FILE..." for one or more, "--known..." for an option that may be given again. `values`: what help
// calls the value, "FILE" for one that shells complete with files; of "bash|zsh|fish" they complete the choices.
// Targets are filled while the command line is parsed, and must live until then.
class OptionList {
public:
    // Says what is wrong with a text, "" for nothing.
    using Parse = std::function<std::string(const std::string& text)>;

    virtual ~OptionList() = default;
    virtual void flag(const std::string& names, bool& target, const std::string& description) = 0;
    virtual void parsed(const std::string& names, const std::string& values, const std::string& description,
                        Parse parse) = 0;

    void text(const std::string& names, std::string& target, const std::string& values, const std::string& description);
    void number(const std::string& names, std::optional<size_t>& target, const std::string& values,
                const std::string& description);
};

// Says that it is not one of "a|b|c", or not a "SIZE".
std::string not_one_of(const std::string& text, const std::string& values);

}  // namespace ttmem

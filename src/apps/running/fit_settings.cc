#include "src/apps/running/fit_settings.h"

#include <algorithm>
#include <cctype>

#include "src/apps/options/asked_machine.h"
#include "src/apps/options/option_list.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == ',') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::string placeholder_of(const std::string& name) { return "{" + name + "}"; }

bool is_in(const std::vector<std::string>& words, const std::string& placeholder) {
    return std::ranges::any_of(words,
                               [&](const std::string& word) { return word.find(placeholder) != std::string::npos; });
}

Error no_place_of(const std::string& option, const std::string& name, const std::string& example) {
    return {option + " is given, and no word of the program has " + placeholder_of(name), "so it would change nothing",
            "write the place of it into the command: ... model.py " + example + " " + placeholder_of(name)};
}

bool is_name(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

std::string parse_range(const std::string& text, size_t dots, SearchedValues& search) {
    const std::optional<uint64_t> first = parse_number(text.substr(0, dots)),
                                  last = parse_number(text.substr(dots + 2));
    if (!first || !last || *first > *last || *last - *first == UINT64_MAX)
        return "`" + text + "` is not a range such as 1..256";
    search.first = *first;
    search.count = *last - *first + 1;
    return "";
}

std::string parse_list(const std::string& text, SearchedValues& search) {
    for (const std::string& part : split_list(text)) {
        const std::optional<uint64_t> value = parse_number(part);
        if (!value) return "`" + part + "` is not a number: a search is over a range, 1..256, or a list, 1,2,4,8";
        if (!search.list.empty() && *value <= search.list.back())
            return "`" + text + "` does not ascend: a search wants the values that need least first";
        search.list.push_back(*value);
    }
    search.count = search.list.size();
    return "";
}

// {mesh} without --mesh is all chips of the machine.
Result<std::vector<std::string>> values_of(const FitSetting& setting, const MockMachine& machine,
                                           const std::vector<std::string>& words) {
    if (!setting.values.empty() || !is_in(words, placeholder_of(setting.name))) return setting.values;
    if (!machine.contents)
        return Error{"the mesh of " + machine.name + " is not known", "", "ttmem fit ... --mesh ROWSxCOLUMNS"};
    return std::vector{std::to_string(machine.contents->rows) + "x" + std::to_string(machine.contents->columns)};
}

std::vector<MachineSettings> each_with(const std::vector<MachineSettings>& all, const FitSetting& setting,
                                       const std::vector<std::string>& values) {
    if (values.empty()) return all;
    std::vector<MachineSettings> more;
    for (const MachineSettings& one : all) {
        for (const std::string& value : values) {
            more.push_back(one);
            more.back().settings.emplace_back(setting.name, value);
        }
    }
    return more;
}

}  // namespace

std::string parse_machines(const std::string& text, FitSettings& settings) {
    settings.machines = split_list(text);
    return "";
}

std::string parse_sizes(const std::string& text, std::vector<std::string>& values) {
    for (const std::string& part : split_list(text)) {
        const std::optional<uint64_t> bytes = parse_bytes(part);
        if (!bytes) return not_one_of(part, "SIZE");
        values.push_back(std::to_string(*bytes));
    }
    return "";
}

std::string parse_meshes(const std::string& text, std::vector<std::string>& values) {
    for (const std::string& part : split_list(text)) {
        const size_t x = part.find('x');
        if (x == std::string::npos || !parse_number(part.substr(0, x)) || !parse_number(part.substr(x + 1)))
            return "`" + part + "` is not a mesh such as 2x4";
        values.push_back(part);
    }
    return "";
}

std::string parse_search(const std::string& text, FitSettings& settings) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || !is_name(text.substr(0, equals)))
        return "`" + text + "` is not NAME=VALUES, such as batch=1..256";
    SearchedValues search;
    search.name = text.substr(0, equals);
    if (std::ranges::any_of(settings.lists, [&](const FitSetting& list) { return list.name == search.name; }))
        return "`" + search.name + "` is a setting with an option of its own: search another name";
    const std::string values = text.substr(equals + 1);
    const size_t dots = values.find("..");
    std::string wrong = dots != std::string::npos ? parse_range(values, dots, search) : parse_list(values, search);
    if (wrong.empty()) settings.search = std::move(search);
    return wrong;
}

// Of a word that is `{name}`, or `--option={name}`, the name that no setting has; "" of every other word.
std::string name_without_value(const FitSettings& settings, const std::string& word) {
    const size_t begin = word.starts_with('-') ? word.find('=') + 1 : 0;
    const std::string_view value = std::string_view(word).substr(begin);
    if (value.size() < 3 || !value.starts_with('{') || !value.ends_with('}')) return "";
    const std::string name(value.substr(1, value.size() - 2));
    const bool is_name = std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    const bool is_setting = std::ranges::find(settings.lists, name, &FitSetting::name) != settings.lists.end() ||
                            (settings.search && settings.search->name == name);
    return is_name && !is_setting ? name : "";
}

Result<void> check_settings(const FitSettings& settings, const std::vector<std::string>& words) {
    if (settings.machines.empty())
        return Error{"there is no machine", "--on names them", "`ttmem machines` lists them"};
    for (const FitSetting& setting : settings.lists) {
        const bool there = is_in(words, placeholder_of(setting.name));
        if (!setting.values.empty() && !there) return no_place_of(setting.option, setting.name, setting.option);
        if (setting.values.empty() && there && setting.name != "mesh")
            return Error{"the program has " + placeholder_of(setting.name) + ", and there is no " + setting.option, "",
                         "ttmem fit ... " + setting.option + " VALUES -- ..."};
    }
    if (settings.search && !is_in(words, placeholder_of(settings.search->name)))
        return no_place_of("--search", settings.search->name, "--" + settings.search->name);
    for (const std::string& word : words) {
        const std::string name = name_without_value(settings, word);
        if (name.empty()) continue;
        return Error{"the program has " + placeholder_of(name) + ", and nothing says what stands there", "",
                     "ttmem fit ... --search " + name + "=1..256 -- ..."};
    }
    return {};
}

Result<std::vector<MachineSettings>> combinations(const FitSettings& settings, const std::vector<std::string>& words) {
    std::vector<MachineSettings> all;
    for (const std::string& name : settings.machines) {
        const Result<MockMachine> machine = asked_machine(name);
        if (!machine) return machine.error();
        std::vector<MachineSettings> of_machine = {{machine->name, {}}};
        for (const FitSetting& setting : settings.lists) {
            const Result<std::vector<std::string>> values = values_of(setting, *machine, words);
            if (!values) return values.error();
            of_machine = each_with(of_machine, setting, *values);
        }
        all.insert(all.end(), of_machine.begin(), of_machine.end());
    }
    return all;
}

std::vector<std::string> words_with(std::vector<std::string> words, const SettingValues& settings) {
    for (std::string& word : words) {
        for (const auto& [name, value] : settings) {
            const std::string placeholder = placeholder_of(name);
            for (size_t at = 0; (at = word.find(placeholder, at)) != std::string::npos; at += value.size())
                word.replace(at, placeholder.size(), value);
        }
    }
    return words;
}

}  // namespace ttmem

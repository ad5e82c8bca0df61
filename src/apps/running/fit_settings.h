// What a program of `ttmem fit` is run with: machines, settings, and one value that is searched. Each reaches the
// program where its name stands in braces in a word of the command, and nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/result.h"

namespace ttmem {

using SettingValues = std::vector<std::pair<std::string, std::string>>;  // "mesh" and "2x4", in the order of options

struct FitSetting {
    std::string name, option;
    std::vector<std::string> values;  // empty: not asked for
};

// Ascending numbers: those of a list, or all from `first` on.
struct SearchedValues {
    std::string name;
    std::vector<uint64_t> list;
    uint64_t first = 0, count = 0;

    std::string at(uint64_t position) const {
        return std::to_string(list.empty() ? first + position : list[static_cast<size_t>(position)]);
    }
};

struct FitSettings {
    std::vector<std::string> machines;
    std::vector<FitSetting> lists = {
        {"mesh", "--mesh", {}}, {"l1_small", "--l1-small", {}}, {"trace_region", "--trace-region", {}}};
    std::optional<SearchedValues> search;
};

// Each says what is wrong with the text, "" for nothing.
std::string parse_machines(const std::string& text, FitSettings& settings);
std::string parse_meshes(const std::string& text, std::vector<std::string>& values);
std::string parse_sizes(const std::string& text, std::vector<std::string>& values);  // as plain numbers of bytes
std::string parse_search(const std::string& text, FitSettings& settings);            // "batch=1..256", "batch=1,2,4"

// Whether there is a machine, and each setting reaches the program. {mesh} may stand there without --mesh.
Result<void> check_settings(const FitSettings& settings, const std::vector<std::string>& words);

struct MachineSettings {
    std::string machine;
    SettingValues settings;
};

// Every machine with every combination of settings, the last setting varying fastest.
Result<std::vector<MachineSettings>> combinations(const FitSettings& settings, const std::vector<std::string>& words);

// The command with values in the places of their names.
std::vector<std::string> words_with(std::vector<std::string> words, const SettingValues& settings);

}  // namespace ttmem

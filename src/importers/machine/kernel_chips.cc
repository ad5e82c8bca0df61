#include "src/importers/machine/kernel_chips.h"

#include <dirent.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "src/base/decimal.h"
#include "src/base/fd.h"

namespace ttmem {
namespace {

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    const ScopedDirectory directory(::opendir(folder.c_str()));
    if (!directory) return names;
    while (const dirent* entry = ::readdir(directory.get())) {
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string arch_in(const std::string& device) {
    const std::vector<std::string> monitors = names_in(device + "/hwmon");
    std::string arch;
    if (!monitors.empty()) std::ifstream(device + "/hwmon/" + monitors.front() + "/name") >> arch;
    return arch;
}

}  // namespace

std::vector<KernelChip> read_kernel_chips(const std::string& root) {
    constexpr std::string_view kPrefix = "tenstorrent!";
    const std::string classes = root + "/sys/class/tenstorrent/";
    std::vector<KernelChip> chips;
    for (const std::string& name : names_in(classes)) {
        if (!name.starts_with(kPrefix)) continue;
        const auto number = decimal_in<uint32_t>(std::string_view(name).substr(kPrefix.size()));
        if (number) chips.push_back({*number, arch_in(classes + name + "/device")});
    }
    std::sort(chips.begin(), chips.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    return chips;
}

}  // namespace ttmem

#include "src/base/own_pid.h"

#include <charconv>
#include <fstream>

namespace ttmem {

std::optional<uint32_t> own_pid(const std::string& process) {
    std::ifstream status(process + "/status");
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with("NSpid:")) continue;
        uint32_t pid = 0;
        const size_t begin = line.find_last_of(" \t") + 1;  // of the numbers the last
        const auto [end, error] = std::from_chars(line.data() + begin, line.data() + line.size(), pid);
        if (error == std::errc{}) return pid;
    }
    return std::nullopt;
}

}  // namespace ttmem

#include "src/machine/descendants.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>

#include "src/base/directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

struct Entry {
    uint32_t parent = 0;
    char state = '?';
    std::string comm;
};

// "4711 (a (strange) name) S 1 ...": the name may hold anything, so the last bracket counts.
std::optional<Entry> read_stat(const fs::path& process) {
    std::ifstream file(process / "stat");
    std::stringstream all;
    all << file.rdbuf();
    const std::string text = all.str();
    const size_t open = text.find('('), close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
    Entry entry;
    entry.comm = text.substr(open + 1, close - open - 1);
    std::istringstream rest(text.substr(close + 1));
    if (!(rest >> entry.state >> entry.parent)) return std::nullopt;
    return entry;
}

std::map<uint32_t, Entry> all_processes() {
    std::map<uint32_t, Entry> processes;
    static_cast<void>(for_each_name("/proc", [&](const std::string& name) {
        uint32_t pid = 0;
        const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (bad != std::errc{} || end != name.data() + name.size()) return true;
        if (std::optional<Entry> entry = read_stat(fs::path("/proc") / name)) processes[pid] = std::move(*entry);
        return true;
    }));
    return processes;
}

}  // namespace

std::vector<uint32_t> ancestors() {
    std::vector<uint32_t> above;
    auto pid = static_cast<uint32_t>(::getppid());
    // Parents are read one after the other, so a cycle is thinkable.
    while (pid != 0 && std::ranges::find(above, pid) == above.end()) {
        above.push_back(pid);
        const std::optional<Entry> entry = read_stat(fs::path("/proc") / std::to_string(pid));
        pid = entry ? entry->parent : 0;
    }
    return above;
}

std::vector<RunningProcess> living_descendants() {
    const std::map<uint32_t, Entry> processes = all_processes();
    const uint32_t self = static_cast<uint32_t>(::getpid());
    const auto is_below_us = [&](uint32_t pid) {
        // Parents are read one after the other, so a cycle is thinkable: no chain is longer than there are processes.
        for (size_t steps = 0; steps <= processes.size(); ++steps) {
            const auto it = processes.find(pid);
            if (it == processes.end()) return false;
            if (it->second.parent == self) return true;
            pid = it->second.parent;
        }
        return false;
    };
    std::vector<RunningProcess> living;
    for (const auto& [pid, entry] : processes) {
        if (entry.state != 'Z' && entry.state != 'X' && is_below_us(pid)) living.push_back({pid, entry.comm});
    }
    return living;
}

std::vector<RunningProcess> living_descendants_after(std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::vector<RunningProcess> living = living_descendants();
    while (!living.empty() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        living = living_descendants();
    }
    return living;
}

}  // namespace ttmem

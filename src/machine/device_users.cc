#include "src/machine/device_users.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "src/base/directory.h"
#include "src/base/own_pid.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

std::optional<uint32_t> pid_of(const std::string& name) {
    uint32_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return pid;
}

std::string first_line(const fs::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

bool is_gone(const std::error_code& error) {
    return error == std::errc::no_such_file_or_directory || error == std::errc::no_such_process;
}

// Paths below `prefix` that the process has open. `error`: why not all of them could be seen, but for its having ended.
std::vector<std::string> open_below(const fs::path& process, const std::string& prefix, std::error_code& error) {
    std::vector<std::string> paths;
    std::error_code unseen;
    error = for_each_name(process / "fd", [&](const std::string& name) {
        std::error_code closed;
        const std::string target = fs::read_symlink(process / "fd" / name, closed).string();
        if (closed && !is_gone(closed)) unseen = closed;
        if (target.starts_with(prefix)) paths.push_back(target);
        return !unseen;
    });
    if (unseen) error = unseen;
    if (is_gone(error)) error.clear();
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
}

bool is_tracked(const std::vector<Process>& tracked, const fs::path& directory, uint32_t pid) {
    const uint32_t inner = own_pid(directory).value_or(pid);
    return std::any_of(tracked.begin(), tracked.end(), [&](const Process& p) {
        if (p.state != ProcessState::kLive) return false;
        return p.pid_verified ? p.pid == pid : p.pid == inner;
    });
}

}  // namespace

UntrackedProcesses find_untracked(const std::vector<Process>& tracked, const std::string& device_directory) {
    UntrackedProcesses found;
    std::error_code error;
    found.device_nodes = fs::exists(device_directory, error);
    if (error) found.why_unknown = device_directory + ": " + error.message();
    if (!found.device_nodes) return found;
    error = for_each_name("/proc", [&](const std::string& name) {
        const std::optional<uint32_t> pid = pid_of(name);
        if (!pid) return true;
        const fs::path process = fs::path("/proc") / name;
        std::error_code unseen;
        const std::vector<std::string> devices = open_below(process, device_directory + "/", unseen);
        if (unseen == std::errc::permission_denied) {
            ++found.hidden_processes;
        } else if (unseen) {
            found.why_unknown = process.string() + "/fd: " + unseen.message();
        }
        if (!devices.empty() && !is_tracked(tracked, process, *pid))
            found.device_users.push_back({*pid, first_line(process / "comm"), devices});
        return true;
    });
    if (error) found.why_unknown = "/proc: " + error.message();
    std::sort(found.device_users.begin(), found.device_users.end(),
              [](const DeviceUser& a, const DeviceUser& b) { return a.pid < b.pid; });
    return found;
}

}  // namespace ttmem

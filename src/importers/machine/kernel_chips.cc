#include "src/importers/machine/kernel_driver.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <string_view>

#include "src/base/decimal.h"
#include "src/base/fd.h"

namespace ttmem {
namespace {

// The files of sysfs and /proc that are read here are small; of one that is longer, whole lines up to here are.
constexpr size_t kMostFileBytes = size_t{1} << 20;
constexpr size_t kBlockBytes = 4096;
// Beyond these a reading is a fault of the firmware (all ones after a reset), not a measurement.
constexpr int64_t kColdest = -100'000, kHottest = 300'000;  // millicelsius
constexpr uint64_t kMostMicrowatt = 100'000'000'000;
constexpr uint64_t kMostMhz = 100'000;

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

std::optional<std::string> read_text(const std::string& path) {
    const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return std::nullopt;
    std::string text;
    char block[kBlockBytes];
    while (text.size() < kMostFileBytes) {
        const ssize_t got = ::read(fd.get(), block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) return text;
        text.append(block, static_cast<size_t>(got));
    }
    text.resize(text.rfind('\n') + 1);
    return text;
}

// The first line without the spaces around it.
std::optional<std::string> read_line(const std::string& path) {
    std::optional<std::string> text = read_text(path);
    if (!text) return text;
    text->resize(std::min(text->find('\n'), text->size()));
    const size_t begin = text->find_first_not_of(" \t");
    if (begin == std::string::npos) return std::string();
    return text->substr(begin, text->find_last_not_of(" \t\r") + 1 - begin);
}

template <class T>
std::optional<T> read_number(const std::string& path, T least, T most) {
    const std::optional<std::string> line = read_line(path);
    const std::optional<T> value = line ? decimal_in<T>(*line) : std::nullopt;
    return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<uint64_t> read_count(const std::string& path, uint64_t most = UINT64_MAX) {
    return read_number<uint64_t>(path, 0, most);
}

std::string target_of(const std::string& link) {
    char target[4096];
    const ssize_t size = ::readlink(link.c_str(), target, sizeof target);
    return size <= 0 ? std::string() : std::string(target, static_cast<size_t>(size));
}

// Descriptors by pid; pid 0 stands for processes that are not visible.
using Descriptors = std::map<int32_t, uint32_t>;

class DriverReader {
public:
    explicit DriverReader(const KernelDriverOptions& options)
        : root_(options.root), self_(options.self != 0 ? options.self : static_cast<int32_t>(::getpid())) {}

    KernelDriver read() {
        KernelDriver driver;
        const std::string module = root_ + "/sys/module/tenstorrent";
        driver.version = read_line(module + "/version").value_or("");
        struct stat status {};
        driver.loaded = ::stat(module.c_str(), &status) == 0 || ::stat(classes().c_str(), &status) == 0;
        if (!driver.loaded) {
            driver.coverage.note("the kernel driver (tt-kmd) is not loaded: there is no " + classes());
            return driver;
        }
        constexpr std::string_view kPrefix = "tenstorrent!";
        for (const std::string& name : names_in(classes())) {
            if (!name.starts_with(kPrefix)) continue;
            const auto number = decimal_in<uint32_t>(std::string_view(name).substr(kPrefix.size()));
            if (number) driver.chips.push_back(read_chip(classes() + "/" + name, *number));
        }
        std::sort(driver.chips.begin(), driver.chips.end(),
                  [](const auto& a, const auto& b) { return a.number < b.number; });
        find_holders(driver);
        return driver;
    }

private:
    std::string classes() const { return root_ + "/sys/class/tenstorrent"; }

    KernelChip read_chip(const std::string& folder, uint32_t number) const {
        KernelChip chip;
        chip.number = number;
        chip.card_type = read_line(folder + "/tt_card_type").value_or("");
        chip.serial = read_line(folder + "/tt_serial").value_or("");
        chip.asic_id = read_line(folder + "/tt_asic_id").value_or("");
        chip.clock_mhz = read_count(folder + "/tt_aiclk", kMostMhz);
        const std::vector<std::string> monitors = names_in(folder + "/device/hwmon");
        if (monitors.empty()) return chip;
        const std::string monitor = folder + "/device/hwmon/" + monitors.front();
        chip.arch = read_line(monitor + "/name").value_or("");
        chip.temperature_millicelsius = read_number<int64_t>(monitor + "/temp1_input", kColdest, kHottest);
        chip.power_microwatt = read_count(monitor + "/power1_input", kMostMicrowatt);
        return chip;
    }

    void find_holders(KernelDriver& driver) const {
        std::optional<std::map<uint32_t, Descriptors>> by_descriptors;
        for (KernelChip& chip : driver.chips) {
            const std::string path = root_ + "/proc/driver/tenstorrent/" + std::to_string(chip.number) + "/pids";
            if (const std::optional<std::string> text = read_text(path)) {
                fill(chip, descriptors_in(*text, path, driver.coverage));
                continue;
            }
            if (!by_descriptors) by_descriptors = scan_descriptors();
            fill(chip, (*by_descriptors)[chip.number]);
            driver.coverage.note("the driver lists no holders (" + path +
                                 "): only processes that this user may look into are shown");
        }
        uint64_t hidden = 0;
        for (const KernelChip& chip : driver.chips) hidden += chip.hidden_descriptors;
        if (hidden > 0) {
            driver.coverage.note(std::to_string(hidden) +
                                 " open descriptors belong to processes that are not visible from this pid namespace");
        }
    }

    Descriptors descriptors_in(std::string_view text, const std::string& path, Coverage& coverage) const {
        Descriptors descriptors;
        while (!text.empty()) {
            const std::string_view line = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(line.size() + 1, text.size()));
            if (line.empty()) continue;
            const auto pid = decimal_in<int32_t>(line);
            if (pid && *pid >= 0) {
                ++descriptors[*pid];
            } else {
                coverage.note(path + " has a line that is not a pid");
            }
        }
        return descriptors;
    }

    // Who holds which chip, from the links of /proc/<pid>/fd.
    std::map<uint32_t, Descriptors> scan_descriptors() const {
        constexpr std::string_view kDevice = "/dev/tenstorrent/";
        std::map<uint32_t, Descriptors> by_chip;
        for (const std::string& name : names_in(root_ + "/proc")) {
            const auto pid = decimal_in<int32_t>(name);
            if (!pid) continue;
            const std::string folder = root_ + "/proc/" + name + "/fd/";
            for (const std::string& descriptor : names_in(folder)) {
                const std::string target = target_of(folder + descriptor);
                if (!target.starts_with(kDevice)) continue;
                const auto number = decimal_in<uint32_t>(std::string_view(target).substr(kDevice.size()));
                if (number) ++by_chip[*number][*pid];
            }
        }
        return by_chip;
    }

    void fill(KernelChip& chip, const Descriptors& descriptors) const {
        chip.holders.emplace();
        for (const auto& [pid, count] : descriptors) {
            if (pid == self_) continue;
            if (pid == 0) {
                chip.hidden_descriptors = count;
            } else {
                chip.holders->push_back(holder(pid, count));
            }
        }
    }

    KernelHolder holder(int32_t pid, uint32_t descriptors) const {
        const std::string folder = root_ + "/proc/" + std::to_string(pid);
        KernelHolder holder;
        holder.pid = pid;
        holder.descriptors = descriptors;
        holder.comm = read_line(folder + "/comm").value_or("");
        holder.command_line = read_text(folder + "/cmdline").value_or("");
        while (!holder.command_line.empty() && holder.command_line.back() == '\0') holder.command_line.pop_back();
        std::replace(holder.command_line.begin(), holder.command_line.end(), '\0', ' ');
        struct stat status {};
        if (::stat(folder.c_str(), &status) == 0) holder.uid = status.st_uid;
        return holder;
    }

    std::string root_;
    int32_t self_;
};

}  // namespace

KernelDriver read_kernel_driver(const KernelDriverOptions& options) { return DriverReader(options).read(); }

}  // namespace ttmem

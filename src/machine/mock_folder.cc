#include "src/machine/mock_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "src/base/directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescriptor = "cluster.yaml";

}  // namespace

Result<MockFolder> MockFolder::make(const MockMachine& machine) {
    Result<RunFolder> made = RunFolder::make("ttmem-mock-");
    if (!made) return made.error();
    MockFolder folder(std::move(*made), machine.name);
    const auto cannot_fill = [&] {
        return Error{"the folder of the mock run, " + folder.path() + ", cannot be filled", std::strerror(errno),
                     "set TMPDIR to a folder with room for it"};
    };
    std::ofstream descriptor(folder.path() + "/" + kDescriptor, std::ios::binary);
    descriptor << machine.descriptor << std::flush;
    if (!descriptor) return cannot_fill();
    for (const char* name : {"cache", "logs", "shm", "ended"}) {
        if (::mkdir((folder.path() + "/" + name).c_str(), 0700) != 0) return cannot_fill();
    }
    return folder;
}

std::map<std::string, std::string> MockFolder::environment() const {
    return {{"TTMEM_MOCK", machine_},
            {"TTMEM_MOCK_FOLDER", path()},
            {"TT_METAL_MOCK_CLUSTER_DESC_PATH", path() + "/" + kDescriptor},
            {"TT_METAL_CACHE", path() + "/cache"},
            {"TT_METAL_LOGS_PATH", path() + "/logs"},
            // Its counters in /dev/shm are of real chips for whoever reads them, and it never removes them.
            {"TT_METAL_SHM_TRACKING_DISABLED", "1"},
            // It writes down what nobody will look at, and 0.67 crashes with it.
            {"TT_METAL_INSPECTOR", "0"},
            // Open MPI, which tt-metal starts, leaves a file in /dev/shm otherwise.
            {"OMPI_MCA_btl_sm_backing_directory", path() + "/shm"},
            {"OMPI_MCA_btl_vader_backing_directory", path() + "/shm"}};
}

bool MockFolder::has_compiled() const { return ::access((path() + "/compiled").c_str(), F_OK) == 0; }

bool MockFolder::has_opened_device() const { return ::access((path() + "/opened").c_str(), F_OK) == 0; }

std::optional<uint64_t> MockFolder::host_refused_bytes() const {
    uint64_t bytes = 0;
    if (std::ifstream(path() + "/host_memory") >> bytes) return bytes;
    return std::nullopt;
}

std::map<uint32_t, int> MockFolder::ends() const {
    std::map<uint32_t, int> ends;
    const std::string folder = path() + "/ended";
    static_cast<void>(for_each_name(folder, [&](const std::string& name) {
        uint32_t pid = 0;
        int status = 0;
        const char* const name_end = name.data() + name.size();
        if (std::from_chars(name.data(), name_end, pid).ptr == name_end &&
            std::ifstream(fs::path(folder) / name) >> status)
            ends[pid] = status;
        return true;
    }));
    return ends;
}

void forget_hardware() {
    for (const char* name :
         {"TT_VISIBLE_DEVICES", "TT_METAL_VISIBLE_DEVICES", "TT_METAL_SIMULATOR", "TT_METAL_CLUSTER_ID"})
        ::unsetenv(name);
}

}  // namespace ttmem

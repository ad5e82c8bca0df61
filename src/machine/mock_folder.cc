#include "src/machine/mock_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "ttmem-mock-";
constexpr const char* kDescriptor = "cluster.yaml";
constexpr time_t kYoung_s = 60;  // for as long a folder may not be locked yet

std::string parent_folder() {
    const char* folder = std::getenv("TMPDIR");
    std::error_code error;
    if (folder != nullptr && fs::is_directory(folder, error)) return fs::absolute(folder, error);
    return "/tmp";
}

ScopedFd lock_folder(const std::string& path) {
    ScopedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
    return fd;
}

void remove_folder(const std::string& path) {
    std::error_code error;
    fs::remove_all(path, error);  // follows no links
}

// The lock of a run ends with it, however it ends.
void remove_what_killed_runs_left(const std::string& parent) {
    std::error_code error;
    for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error)) {
        const std::string path = it->path();
        if (!it->path().filename().string().starts_with(kPrefix)) continue;
        const ScopedFd lock = lock_folder(path);
        struct stat status {};
        if (!lock || ::fstat(lock.get(), &status) != 0 || status.st_uid != ::geteuid()) continue;
        if (status.st_mtime + kYoung_s < std::time(nullptr)) remove_folder(path);
    }
}

Error cannot_make(const std::string& path) {
    return {"a folder for the mock run cannot be made in " + path, std::strerror(errno),
            "set TMPDIR to a folder that you may write to"};
}

}  // namespace

Result<MockFolder> MockFolder::make(const MockMachine& machine) {
    const std::string parent = parent_folder();
    remove_what_killed_runs_left(parent);
    std::string path = parent + "/" + kPrefix + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return cannot_make(parent);
    MockFolder folder(path, lock_folder(path), machine.name);
    std::ofstream descriptor(path + "/" + kDescriptor, std::ios::binary);
    descriptor << machine.descriptor << std::flush;
    if (!descriptor) return cannot_make(parent);
    for (const char* name : {"cache", "logs", "shm"}) {
        if (::mkdir((path + "/" + name).c_str(), 0700) != 0) return cannot_make(parent);
    }
    return folder;
}

MockFolder::~MockFolder() {
    if (!path_.empty()) remove_folder(path_);
}

std::map<std::string, std::string> MockFolder::environment() const {
    return {{"TTMEM_MOCK", machine_},
            {"TTMEM_MOCK_FOLDER", path_},
            {"TT_METAL_MOCK_CLUSTER_DESC_PATH", path_ + "/" + kDescriptor},
            {"TT_METAL_CACHE", path_ + "/cache"},
            {"TT_METAL_LOGS_PATH", path_ + "/logs"},
            // Its counters in /dev/shm are of real chips for whoever reads them, and it never removes them.
            {"TT_METAL_SHM_TRACKING_DISABLED", "1"},
            // It writes down what nobody will look at, and 0.67 crashes with it.
            {"TT_METAL_INSPECTOR", "0"},
            // Open MPI, which tt-metal starts, leaves a file in /dev/shm otherwise.
            {"OMPI_MCA_btl_sm_backing_directory", path_ + "/shm"},
            {"OMPI_MCA_btl_vader_backing_directory", path_ + "/shm"}};
}

bool MockFolder::has_compiled() const { return ::access((path_ + "/compiled").c_str(), F_OK) == 0; }

void forget_hardware() {
    for (const char* name :
         {"TT_VISIBLE_DEVICES", "TT_METAL_VISIBLE_DEVICES", "TT_METAL_SIMULATOR", "TT_METAL_CLUSTER_ID"})
        ::unsetenv(name);
}

}  // namespace ttmem

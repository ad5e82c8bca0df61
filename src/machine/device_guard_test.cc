#include "src/machine/device_guard.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr int kNoLandlock = 77;

// What a process that is kept away, and a child of it, find when they open this file.
int opened_by_a_guarded_child(const fs::path& devices, const fs::path& file, int flags) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (!keep_away_from_devices(devices)) ::_exit(kNoLandlock);
        if (::fork() == 0) ::_exit(::open(file.c_str(), flags, 0600) >= 0 ? 0 : errno);
        int status = 0;
        ::wait(&status);
        ::_exit(WEXITSTATUS(status));
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

TEST(DeviceGuard, KeepsEverythingThatIsStartedAwayFromDevicesAndFromNothingElse) {
    const TemporaryDirectory directory;
    const fs::path devices = directory.path() / "tenstorrent", other = directory.path() / "other";
    fs::create_directories(devices / "by-id");
    fs::create_directory(other);
    for (const fs::path& file : {devices / "0", devices / "by-id/a", other / "mine", directory.path() / "near"})
        std::ofstream(file) << "x";
    fs::create_symlink(devices / "0", other / "link");
    if (opened_by_a_guarded_child(devices, other / "mine", O_RDWR) == kNoLandlock) GTEST_SKIP() << "no Landlock here";
    for (const fs::path& file : {devices / "0", devices / "by-id/a", other / "link"})
        for (const int flags : {O_RDONLY, O_RDWR})
            EXPECT_EQ(opened_by_a_guarded_child(devices, file, flags), EACCES) << file;
    for (const fs::path& file : {other / "mine", directory.path() / "near", fs::path("/dev/null")})
        EXPECT_EQ(opened_by_a_guarded_child(devices, file, O_RDWR), 0) << file;
    EXPECT_EQ(opened_by_a_guarded_child(devices, other / "new", O_RDWR | O_CREAT), 0);
}

TEST(DeviceGuard, DoesNothingWhereThereAreNoDevices) {
    const TemporaryDirectory directory;
    EXPECT_EQ(opened_by_a_guarded_child(directory.path() / "none", "/dev/null", O_RDWR), kNoLandlock);
}

}  // namespace
}  // namespace ttmem

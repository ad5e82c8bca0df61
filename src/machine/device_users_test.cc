#include "src/machine/device_users.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "src/base/fd.h"
#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

// A folder that stands for /dev/tenstorrent, with one node that this process holds open.
class DeviceUsers : public testing::Test {
protected:
    DeviceUsers() {
        devices_ = temporary_.path();
        node_.reset(::open((devices_ + "/0").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    }

    Process self() const {
        Process process;
        process.pid = static_cast<uint32_t>(::getpid());
        process.pid_verified = true;
        return process;
    }

    TemporaryDirectory temporary_;
    std::string devices_;
    ScopedFd node_;
};

TEST_F(DeviceUsers, AProcessThatHoldsANodeIsFoundWithItsName) {
    const UntrackedProcesses found = find_untracked({}, devices_);
    EXPECT_TRUE(found.device_nodes);
    ASSERT_EQ(found.device_users.size(), 1u);
    EXPECT_EQ(found.device_users[0].pid, self().pid);
    EXPECT_EQ(found.device_users[0].devices, std::vector<std::string>{devices_ + "/0"});
    EXPECT_EQ(found.device_users[0].comm.substr(0, 12), "machine_test");
}

TEST_F(DeviceUsers, ATrackedOneIsNoSurprise) {
    EXPECT_TRUE(find_untracked({self()}, devices_).device_users.empty());
    Process in_container = self();  // the pid in its own namespace is all that is known
    in_container.pid_verified = false;
    EXPECT_TRUE(find_untracked({in_container}, devices_).device_users.empty());
}

TEST_F(DeviceUsers, AnEndedProcessWithTheSamePidIsAnother) {
    Process ended = self();
    ended.state = ProcessState::kKilled;
    EXPECT_EQ(find_untracked({ended}, devices_).device_users.size(), 1u);
}

TEST_F(DeviceUsers, WithoutDeviceNodesNobodyIsAsked) {
    const UntrackedProcesses found = find_untracked({}, devices_ + "/none");
    EXPECT_FALSE(found.device_nodes);
    EXPECT_TRUE(found.device_users.empty());
}

// Without descriptors no other process can be looked at, and that is not the same as finding none.
TEST_F(DeviceUsers, WhatCannotBeLookedAtIsSaid) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{0, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const UntrackedProcesses found = find_untracked({}, devices_);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(found.why_unknown, "/proc: Too many open files");
    Coverage coverage;
    note_untracked(found, coverage);
    EXPECT_FALSE(coverage.complete);
}

}  // namespace
}  // namespace ttmem

#include "src/machine/mock_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

class MockFolders : public testing::Test {
protected:
    MockFolders() { ::setenv("TMPDIR", parent_.path().c_str(), 1); }
    ~MockFolders() override { ::unsetenv("TMPDIR"); }

    size_t count() const {
        return static_cast<size_t>(std::distance(fs::directory_iterator(parent_.path()), fs::directory_iterator()));
    }
    // As it was an hour ago, made by a run that was killed then.
    std::string left_folder(const char* name) const {
        const std::string path = parent_.path() / name;
        fs::create_directories(path + "/cache/deep");
        std::ofstream(path + "/cache/deep/kernel") << "x";
        const timespec hour_ago[] = {{::time(nullptr) - 3600, 0}, {::time(nullptr) - 3600, 0}};
        ::utimensat(AT_FDCWD, path.c_str(), hour_ago, 0);
        return path;
    }

    TemporaryDirectory parent_;
    const MockMachine machine_{"N150", {}, "", std::nullopt, "arch: {0: wormhole_b0}\n"};
};

TEST_F(MockFolders, HasTheDescriptorAndGoesWithItsOwner) {
    {
        const Result<MockFolder> folder = MockFolder::make(machine_);
        ASSERT_TRUE(folder);
        auto environment = folder->environment();
        std::ifstream descriptor(environment["TT_METAL_MOCK_CLUSTER_DESC_PATH"]);
        const std::string text{std::istreambuf_iterator<char>(descriptor), {}};
        EXPECT_EQ(text, machine_.descriptor);
        EXPECT_EQ(environment["TTMEM_MOCK"], "N150");
        EXPECT_EQ(environment["TT_METAL_SHM_TRACKING_DISABLED"], "1");
        EXPECT_TRUE(environment["TT_METAL_CACHE"].starts_with(folder->path() + "/"));
        struct stat status {};
        ASSERT_EQ(::stat(folder->path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777u, 0700u);
    }
    EXPECT_EQ(count(), 0u);
}

TEST_F(MockFolders, TwoDoNotMeet) {
    const Result<MockFolder> one = MockFolder::make(machine_), other = MockFolder::make(machine_);
    ASSERT_TRUE(one && other);
    EXPECT_NE(one->path(), other->path());
}

TEST_F(MockFolders, WhatAKilledRunLeftGoesWithTheNextOne) {
    left_folder("ttmem-mock-killed");
    const std::string other = left_folder("of-somebody-else");
    { ASSERT_TRUE(MockFolder::make(machine_)); }
    EXPECT_EQ(count(), 1u);
    EXPECT_TRUE(fs::exists(other + "/cache/deep/kernel"));
}

TEST_F(MockFolders, ARunThatGoesOnKeepsItsFolder) {
    const Result<MockFolder> running = MockFolder::make(machine_);
    ASSERT_TRUE(running);
    const timespec hour_ago[] = {{::time(nullptr) - 3600, 0}, {::time(nullptr) - 3600, 0}};
    ::utimensat(AT_FDCWD, running->path().c_str(), hour_ago, 0);
    ASSERT_TRUE(MockFolder::make(machine_));
    EXPECT_TRUE(fs::exists(running->path()));
}

TEST_F(MockFolders, ALinkOfThatNameIsNoFolderOfOurs) {
    const std::string other = left_folder("of-somebody-else");
    fs::create_directory_symlink(other, parent_.path() / "ttmem-mock-link");
    ASSERT_TRUE(MockFolder::make(machine_));
    EXPECT_TRUE(fs::exists(other + "/cache/deep/kernel"));
}

TEST_F(MockFolders, KnowsWhetherTheStandInHasCompiled) {
    const Result<MockFolder> folder = MockFolder::make(machine_);
    ASSERT_TRUE(folder);
    EXPECT_FALSE(folder->has_compiled());
    std::ofstream(folder->path() + "/compiled") << "";
    EXPECT_TRUE(folder->has_compiled());
}

TEST(ForgetHardware, ChipsThatTheUserHidHideNoneOfTheMock) {
    ::setenv("TT_VISIBLE_DEVICES", "3", 1);
    forget_hardware();
    EXPECT_EQ(std::getenv("TT_VISIBLE_DEVICES"), nullptr);
}

}  // namespace
}  // namespace ttmem

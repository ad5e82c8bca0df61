#include "src/machine/run_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

class RunFolders : public testing::Test {
protected:
    RunFolders() { ::setenv("TMPDIR", parent_.path().c_str(), 1); }
    ~RunFolders() override { ::unsetenv("TMPDIR"); }

    size_t count() const {
        return static_cast<size_t>(std::distance(fs::directory_iterator(parent_.path()), fs::directory_iterator()));
    }
    static void make_old(const std::string& path) {
        const timespec hour_ago[] = {{::time(nullptr) - 3600, 0}, {::time(nullptr) - 3600, 0}};
        ::utimensat(AT_FDCWD, path.c_str(), hour_ago, 0);
    }
    // As it was an hour ago, made by a run that was killed then.
    std::string left_folder(const char* name) const {
        const std::string path = parent_.path() / name;
        fs::create_directories(path + "/cache/deep");
        std::ofstream(path + "/cache/deep/kernel") << "x";
        make_old(path);
        return path;
    }

    TemporaryDirectory parent_;
};

TEST_F(RunFolders, TwoDoNotMeet) {
    const Result<RunFolder> one = RunFolder::make("ttmem-kind-"), other = RunFolder::make("ttmem-kind-");
    ASSERT_TRUE(one && other);
    EXPECT_NE(one->path(), other->path());
}

// tt-metal would hand its name to a shell as it is.
TEST_F(RunFolders, AFolderWhoseNameIsNoSingleWordIsNotUsed) {
    const std::string strange = parent_.path() / "of me; and you";
    fs::create_directories(strange);
    ::setenv("TMPDIR", strange.c_str(), 1);
    const Result<RunFolder> made = RunFolder::make("ttmem-kind-");
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->path().starts_with("/tmp/ttmem-kind-")) << made->path();
}

TEST_F(RunFolders, WhatAKilledRunLeftGoesWithTheNextOne) {
    left_folder("ttmem-kind-killed");
    const std::string other = left_folder("of-somebody-else");
    { ASSERT_TRUE(RunFolder::make("ttmem-kind-")); }
    EXPECT_EQ(count(), 1u);
    EXPECT_TRUE(fs::exists(other + "/cache/deep/kernel"));
}

TEST_F(RunFolders, ARunThatGoesOnKeepsItsFolder) {
    const Result<RunFolder> running = RunFolder::make("ttmem-kind-");
    ASSERT_TRUE(running);
    make_old(running->path());
    ASSERT_TRUE(RunFolder::make("ttmem-kind-"));
    EXPECT_TRUE(fs::exists(running->path()));
}

TEST_F(RunFolders, ALinkOfThatNameIsNoFolderOfOurs) {
    const std::string other = left_folder("of-somebody-else");
    fs::create_directory_symlink(other, parent_.path() / "ttmem-kind-link");
    ASSERT_TRUE(RunFolder::make("ttmem-kind-"));
    EXPECT_TRUE(fs::exists(other + "/cache/deep/kernel"));
}

// A process that goes on for it, as those do that end the runs of a `ttmem fit` which was killed.
TEST_F(RunFolders, AForkOfTheOwnerKeepsTheFolderAsLongAsItLives) {
    std::string path;
    int line[2];
    ASSERT_EQ(::pipe(line), 0);
    const pid_t owner = ::fork();
    if (owner == 0) {
        const Result<RunFolder> folder = RunFolder::make("ttmem-kind-");
        const pid_t fork = ::fork();
        if (fork == 0) ::pause();
        const bool told = ::write(line[1], &fork, sizeof fork) == sizeof fork;
        ::_exit(folder && told ? 0 : 1);  // as if it were killed: the folder stays
    }
    pid_t fork = 0;
    ASSERT_EQ(::read(line[0], &fork, sizeof fork), static_cast<ssize_t>(sizeof fork));
    ASSERT_EQ(::waitpid(owner, nullptr, 0), owner);
    for (const fs::directory_entry& entry : fs::directory_iterator(parent_.path())) make_old(path = entry.path());
    { ASSERT_TRUE(RunFolder::make("ttmem-kind-")); }
    EXPECT_TRUE(fs::exists(path));
    ::kill(fork, SIGKILL);
    const ScopedFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY));
    ASSERT_EQ(::flock(folder.get(), LOCK_EX), 0);  // until it is gone
    ASSERT_EQ(::flock(folder.get(), LOCK_UN), 0);
    { ASSERT_TRUE(RunFolder::make("ttmem-kind-")); }
    EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace ttmem

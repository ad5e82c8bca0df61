// The machine's own files: what may be opened, and who lives.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "src/base/fd.h"
#include "src/collector/collector.h"
#include "src/collector/gc.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_ledger.h"

namespace ttmem {
namespace {

using ledger::TestLedger;

std::string name_of(char digit) { return std::string(32, digit) + ".ledger"; }

class RealSystem : public ::testing::Test {
protected:
    // A right ledger with one block, as a file.
    std::string write_ledger(char digit, uint32_t pid = 1, uint8_t run = 0) {
        TestLedger bytes;
        std::fill_n(bytes.map.header->fixed.ledger_id, 16, static_cast<uint8_t>(digit));
        bytes.map.header->fixed.pid = pid;
        bytes.map.header->fixed.run_id[15] = run;
        bytes.reseal();
        bytes.set_chip(0, 0x10, 0);
        bytes.open(1, 1);
        ledger::Recorder recorder = bytes.recorder(0);
        bytes.alloc(recorder, 1, TestLedger::body(0, 1000));
        const std::string path = folder + "/" + name_of(digit);
        const ScopedFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
        EXPECT_EQ(::write(fd.get(), bytes.memory(), bytes.bytes()), static_cast<ssize_t>(bytes.bytes()));
        return path;
    }

    // Why a name of the folder cannot be opened; "" when it can.
    std::string refusal(const std::string& name) {
        for (const auto& directory : system->directories().readable) {
            if (directory->path() != folder) continue;
            const auto file = directory->open(name);
            return file.has_value() ? "" : file.error().what.empty() ? "gone" : file.error().what;
        }
        return "no folder";
    }

    TemporaryDirectory temporary{TemporaryDirectory::kInMemory};
    const std::string folder = temporary.path();
    std::unique_ptr<System> system = real_system(folder);
};

TEST_F(RealSystem, OpensARegularFileOfTheOwner) {
    write_ledger('a');
    EXPECT_EQ(refusal(name_of('a')), "");
    EXPECT_EQ(refusal(name_of('b')), "gone");
}

TEST_F(RealSystem, RefusesLinksPipesSocketsAndDirectoriesAtOnce) {
    const std::string path = write_ledger('a');
    ASSERT_EQ(::symlink(path.c_str(), (folder + "/" + name_of('b')).c_str()), 0);
    EXPECT_EQ(refusal(name_of('b')), "it is a symbolic link");
    ASSERT_EQ(::mkfifo((folder + "/" + name_of('c')).c_str(), 0600), 0);
    EXPECT_EQ(refusal(name_of('c')), "it is no regular file") << "and nobody ever writes to it";
    ASSERT_EQ(::mkdir((folder + "/" + name_of('d')).c_str(), 0700), 0);
    EXPECT_EQ(refusal(name_of('d')), "it is no regular file");
    ASSERT_EQ(::link(path.c_str(), (folder + "/" + name_of('e')).c_str()), 0);
    EXPECT_EQ(refusal(name_of('e')), "it has more than one name");
    EXPECT_NE(refusal("../" + name_of('a')), "");
}

TEST_F(RealSystem, RefusesSizesThatNoLedgerHas) {
    const auto make = [&](char digit, off_t bytes) {
        const ScopedFd fd(::open((folder + "/" + name_of(digit)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        ASSERT_EQ(::ftruncate(fd.get(), bytes), 0);
    };
    make('a', 100);
    make('b', static_cast<off_t>(4) << 40);
    EXPECT_EQ(refusal(name_of('a')), "it is too short for a ledger");
    EXPECT_EQ(refusal(name_of('b')), "it is larger than 256 MiB");
}

TEST_F(RealSystem, RefusesFilesOfSomebodyElse) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    const std::string path = write_ledger('a');
    ASSERT_EQ(::chown(path.c_str(), 12345, static_cast<gid_t>(-1)), 0);
    EXPECT_NE(refusal(name_of('a')).find("it belongs to user 12345"), std::string::npos);
}

TEST_F(RealSystem, DoesNotWaitForALease) {
    const std::string path = write_ledger('a');
    ::chmod(path.c_str(), 0600);
    const ScopedFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (::fcntl(fd.get(), F_SETLEASE, F_WRLCK) != 0) GTEST_SKIP() << "no leases here";
    ::signal(SIGIO, SIG_IGN);
    EXPECT_NE(refusal(name_of('a')), "") << "whoever waits gets the file in the end";
}

TEST_F(RealSystem, ListsOnlyNamesOfLedgers) {
    write_ledger('a');
    for (const char* name : {"x", ".new.1234", "0123.ledger"}) {
        const ScopedFd fd(::open((folder + "/" + name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    for (const auto& directory : system->directories().readable) {
        if (directory->path() != folder) continue;
        EXPECT_EQ(directory->names(10).names, std::vector<std::string>{name_of('a')});
        EXPECT_EQ(directory->owner(), ::geteuid());
        EXPECT_EQ(directory->note(), "") << "/dev/shm is on tmpfs";
    }
}

// What a process without descriptors sees is no machine on which nothing is tracked.
TEST_F(RealSystem, SaysThatItHasNoDescriptorsLeft) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizer asks the kernel through a pipe whether an object can be read";
#endif
    write_ledger('a');
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const auto look_with = [&](rlim_t descriptors) {
        const rlimit few{descriptors, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        const Snapshot snapshot = collect(*system);
        ::setrlimit(RLIMIT_NOFILE, &before);
        return snapshot.coverage;
    };
    const ScopedFd next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const auto in_use = static_cast<rlim_t>(next.get());
    for (rlim_t more = 0; more < 3; ++more) EXPECT_FALSE(look_with(in_use + more).complete) << more;
}

TEST_F(RealSystem, TakesOnlyAWriteLockForLife) {
    const std::string path = write_ledger('a');
    Collector collector(*system, {.pid = 1});
    collector.refresh();
    const auto lives = [&] {
        const auto seen = collector.ledgers();
        return std::any_of(seen.begin(), seen.end(),
                           [&](const LedgerSeen& one) { return one.path == path && one.live; });
    };
    EXPECT_FALSE(lives());
    struct flock lock {};
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    {
        const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        lock.l_type = F_RDLCK;  // whoever can read it can take this
        ASSERT_EQ(::fcntl(fd.get(), F_OFD_SETLK, &lock), 0);
        EXPECT_FALSE(lives());
    }
    ::chmod(path.c_str(), 0600);
    ScopedFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    lock.l_type = F_WRLCK;
    ASSERT_EQ(::fcntl(fd.get(), F_OFD_SETLK, &lock), 0);
    EXPECT_TRUE(lives());
    void* mapping = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd.get(), 0);
    fd.reset();
    EXPECT_TRUE(lives()) << "the mapping holds it";
    ::munmap(mapping, 4096);
    EXPECT_FALSE(lives());
}

TEST_F(RealSystem, VerifiesAPidByWhatThatProcessHasMapped) {
    const std::string path = write_ledger('a', static_cast<uint32_t>(::getpid()));
    for (const auto& directory : system->directories().readable) {
        if (directory->path() != folder) continue;
        const auto file = directory->open(name_of('a'));
        ASSERT_TRUE(file);
        const FileFacts facts = (*file)->facts();
        EXPECT_FALSE(system->maps(static_cast<uint32_t>(::getpid()), facts));
        const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        void* mapping = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd.get(), 0);
        EXPECT_TRUE(system->maps(static_cast<uint32_t>(::getpid()), facts));
        EXPECT_FALSE(system->maps(1u << 30, facts));
        ::munmap(mapping, 4096);
    }
}

TEST_F(RealSystem, SeesAWriterDie) {
    const std::string path = write_ledger('a', 1, 77);
    ::chmod(path.c_str(), 0600);
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const int fd = ::open(path.c_str(), O_RDWR);
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_len = 1;
        const bool locked = ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
        if (!locked || ::write(ready[1], "x", 1) != 1) ::_exit(1);
        for (;;) ::pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    Collector collector(*system, {.run = static_cast<unsigned __int128>(77)});
    collector.refresh();
    Snapshot snapshot = collector.collect();
    ASSERT_EQ(snapshot.processes.size(), 1u);
    EXPECT_EQ(snapshot.processes[0].state, ProcessState::kLive);
    EXPECT_FALSE(snapshot.processes[0].pid_verified) << "it claims to be process 1";
    EXPECT_EQ(snapshot.chips.size(), 1u);

    std::filesystem::remove(path);
    ::kill(child, SIGKILL);
    for (int i = 0; i < 1000 && collector.any_live(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    collector.refresh();
    snapshot = collector.collect();  // not even waited for, and its name is gone
    ASSERT_EQ(snapshot.processes.size(), 1u);
    EXPECT_EQ(snapshot.processes[0].state, ProcessState::kKilled);
    EXPECT_EQ(snapshot.processes[0].held_bytes, 1000u);
    EXPECT_TRUE(snapshot.chips.empty());
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(RealSystem, RemovesAndMarksOnlyTheFileItWasShown) {
    write_ledger('a');
    for (const auto& directory : system->directories().readable) {
        if (directory->path() != folder) continue;
        const FileFacts facts = (*directory->open(name_of('a')))->facts();
        EXPECT_TRUE(directory->mark_dead(name_of('a'), facts, system->now()));
        EXPECT_EQ((*directory->open(name_of('a')))->facts().modified_at % 1'000'000'000, kSeenDeadNanoseconds);
        FileFacts other = facts;
        ++other.inode;
        EXPECT_FALSE(directory->remove(name_of('a'), other));
        EXPECT_FALSE(directory->mark_dead(name_of('a'), other, system->now()));
        EXPECT_TRUE(directory->remove(name_of('a'), facts));
        EXPECT_EQ(refusal(name_of('a')), "gone");
    }
}

TEST_F(RealSystem, SaysThatAChosenPlaceIsNoFolder) {
    const std::string file = write_ledger('a'), link = folder + "/link";
    ASSERT_EQ(symlink("link", link.c_str()), 0);
    for (const std::string& path : {file, link, file + "/beneath"}) {
        const auto unreadable = real_system(path)->directories().unreadable;
        ASSERT_FALSE(unreadable.empty()) << path;
        EXPECT_EQ(unreadable[0].path, path);
    }
    for (const UnreadableDirectory& other : real_system(folder + "/none")->directories().unreadable)
        EXPECT_NE(other.path, folder + "/none");
}

TEST_F(RealSystem, NotesAChosenFolderThatIsNotInMemory) {
    const TemporaryDirectory temporary;
    const std::string path = temporary.path();
    const auto directories = real_system(path)->directories();
    for (const auto& directory : directories.readable) {
        if (directory->path() != path) continue;
        struct stat status {};
        ::stat("/dev/shm", &status);
        const auto shm = status.st_dev;
        ::stat(path.c_str(), &status);
        if (status.st_dev != shm) {
            EXPECT_NE(directory->note(), "");
        }
    }
}

}  // namespace
}  // namespace ttmem

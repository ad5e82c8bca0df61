// Whatever call of the library fails or is the last one: the application does not notice, the ledger is whole or is not
// there, and its figures are right or say what they lack.
//
// Each case is a process of its own, which runs the same small workload (victim.cc) with one fault (fault.h).
#include "tests/faults/fault.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "src/client/file/expiry.h"
#include "src/reader/reader.h"
#include "tests/support/temporary_directory.h"

namespace ttmem::faults {
namespace {

namespace fs = std::filesystem;

// All that fault.cc replaces, with errors that each may give. clock_gettime() is not among them: of the clocks that are
// used it cannot fail, and it is no call of the kernel.
struct Function {
    const char* name;
    std::vector<int> errors;
};

const std::vector<Function> kFunctions = {
    {"access", {ENOENT}},
    {"close", {EIO}},
    {"faccessat", {EACCES}},
    {"fchmod", {EPERM}},
    {"fcntl", {EACCES, ENOLCK}},
    {"fstat", {EIO}},
    {"fstatat", {ENOENT}},
    {"fstatfs", {EIO}},
    {"ftruncate", {EFBIG}},
    {"futimens", {EROFS}},
    {"getrandom", {EAGAIN, ENOSYS}},
    {"getrlimit", {EFAULT}},
    {"linkat", {EEXIST, EPERM}},
    {"getdents64", {EIO}},
    {"madvise", {EINVAL, ENOMEM}},
    {"madvise_populate", {EINVAL, ENOMEM, EFAULT}},
    {"madvise_wipe", {EINVAL}},
    {"membarrier", {ENOSYS, EPERM}},
    {"mkdirat", {EEXIST, ENOSPC}},
    {"mmap", {ENOMEM}},
    {"mremap", {ENOMEM}},
    {"munmap", {EINVAL}},
    {"open", {EMFILE, ENOENT}},
    {"openat", {EMFILE, ENOSPC}},
    {"openat_unnamed", {EOPNOTSUPP, EMFILE}},
    {"posix_fallocate", {ENOSPC}},
    {"prctl", {EINVAL}},
    {"pread", {EIO}},
    {"pthread_key_create", {EAGAIN}},
    {"renameat2", {EEXIST}},
    {"read", {EIO}},
    {"stat", {ENOENT}},
    {"syscall", {ENOSYS, EPERM}},
    {"unlinkat", {EACCES}},
};

constexpr int kNotReached = 40;  // as fault-victim ends

struct Report {
    uint64_t live = 0, live_bytes = 0, refused = 0;
};

// ---- the one who looks ----------------------------------------------------------------------------------------------

struct Outcome {
    int status = -1;  // as of waitpid()
    Report report;
    size_t files = 0, unnamed = 0;  // ledgers, and what else is left
    std::string unreadable;
    uint64_t live = 0, live_bytes = 0;  // as the ledger says
    bool reached() const { return !WIFEXITED(status) || WEXITSTATUS(status) != kNotReached; }
};

class Faults : public testing::Test {
protected:
    Faults() {
        directory_ = temporary_.path();
        report_file_ = (fs::temp_directory_path() / fs::path(directory_).filename()).string();
    }
    ~Faults() override { fs::remove(report_file_); }

    // Gives the functions that were never called, so that none of their calls could fail.
    std::set<std::string> fail_each_call(const std::string& always);
    static void check(const Outcome& outcome, const std::string& function);

    // `set_up` runs in the process before its program.
    Outcome run(const std::string& fault, const std::string& always = "", void (*set_up)() = nullptr) {
        for (const auto& entry : fs::directory_iterator(directory_)) {
            if (!is_old(entry.path())) fs::remove(entry.path());
        }
        fs::remove(report_file_);
        Outcome outcome;
        const std::set<fs::path> before = in_usual_directories();
        const pid_t child = ::fork();
        if (child == 0) {
            ::setenv("TTMEM_DIR", directory_.c_str(), 1);
            ::setenv("TTMEM_LEVEL", "events", 1);
            ::setenv("TTMEM_LEDGER_SLOTS", "256", 1);
            if (!fault.empty()) ::setenv(kFaultVariable, fault.c_str(), 1);
            if (!always.empty()) ::setenv(kAlwaysVariable, always.c_str(), 1);
            if (set_up != nullptr) set_up();
            ::execl(TTMEM_BIN_DIR "/fault-victim", "fault-victim", report_file_.c_str(), nullptr);
            ::_exit(126);
        }
        ::waitpid(child, &outcome.status, 0);
        Report& report = outcome.report;
        std::ifstream(report_file_) >> report.live >> report.live_bytes >> report.refused;
        for (const auto& entry : fs::directory_iterator(directory_)) {
            if (!is_old(entry.path())) look_at(entry.path(), outcome);
        }
        for (const fs::path& path : in_usual_directories()) {
            if (before.contains(path) || !is_of(path, child)) continue;
            look_at(path, outcome);
            fs::remove(path);
        }
        return outcome;
    }

    // Where the library goes when its own directory cannot be used, and others may be as well.
    static std::set<fs::path> in_usual_directories() {
        const std::string uid = std::to_string(::geteuid());
        std::set<fs::path> paths;
        for (const std::string& usual : {"/run/ttmem/" + uid, "/dev/shm/ttmem-" + uid}) {
            std::error_code none;
            for (const auto& entry : fs::directory_iterator(usual, none)) paths.insert(entry.path());
        }
        return paths;
    }

    static bool is_of(const fs::path& path, pid_t pid) {
        ledger::StaticHeader header{};
        std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(&header), sizeof header);
        return header.pid == static_cast<uint32_t>(pid);
    }

    static void look_at(const fs::path& path, Outcome& outcome) {
        if (path.extension() != ".ledger") {
            ++outcome.unnamed;
            return;
        }
        ++outcome.files;
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        ledger::LedgerReader reader;
        ledger::LedgerImage image;
        const ledger::ReadOutcome read = reader.read(ledger::FdSource(fd), {.writer_is_dead = true}, image);
        ::close(fd);
        if (!read.ok()) outcome.unreadable = read.reason;
        for (const ledger::LiveSlot& slot : image.live) {
            if (slot.body.op() != ledger::Op::kAlloc) continue;
            ++outcome.live;
            outcome.live_bytes += slot.body.requested_bytes();
        }
    }

    // Ledgers for the library to expire: their names begin with zeros. Every other one was seen dead long ago, and
    // goes; the rest are looked at for the first time.
    static bool is_old(const fs::path& path) { return path.filename().string().starts_with(std::string(24, '0')); }
    void make_old_ledgers(int count) {
        for (int i = 0; i < count; ++i) {
            const std::string name = fmt::format("{}/{:032x}.ledger", directory_, i + 1);
            std::ofstream(name) << std::string(4096, 'x');
            const timespec times[2] = {{0, UTIME_OMIT}, {1'000'000'000 + i, i % 2 == 0 ? client::kSeenDead : 0}};
            ::utimensat(AT_FDCWD, name.c_str(), times, 0);
        }
    }

    TemporaryDirectory temporary_{TemporaryDirectory::kInMemory};
    std::string directory_, report_file_;
};

TEST_F(Faults, WithoutOneEverythingIsRecorded) {
    const Outcome outcome = run("");
    ASSERT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.files, 1u);
    EXPECT_EQ(outcome.report.live, 31u);
    EXPECT_EQ(outcome.live, 31u);
    EXPECT_EQ(outcome.report.refused, 0u);
}

// Each call fails once, where `always` does so all the time.
std::set<std::string> Faults::fail_each_call(const std::string& always) {
    int faults = 0, tracked = 0;
    std::set<std::string> never_called;
    for (const Function& function : kFunctions) never_called.insert(function.name);
    for (const Function& function : kFunctions) {
        for (const int error : function.errors) {
            for (int nth = 1;; ++nth) {
                make_old_ledgers(70);
                const std::string fault = fmt::format("{}:{}:{}", function.name, nth, error);
                SCOPED_TRACE(fault);
                const Outcome outcome = run(fault, always);
                if (!outcome.reached()) break;
                check(outcome, function.name);
                never_called.erase(function.name);
                ++faults;
                tracked += outcome.files == 1;
                if (HasFailure() || nth == 500) return never_called;  // there would be no end of it
            }
        }
    }
    fmt::print("{} faults; in {} cases the process was tracked all the same\n", faults, tracked);
    EXPECT_GT(faults, 100);
    EXPECT_LT(tracked, faults);
    return never_called;
}

// A file without its last name is left only where it could not be removed.
void Faults::check(const Outcome& outcome, const std::string& function) {
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.unreadable, "");
    EXPECT_LE(outcome.unnamed, function == "unlinkat" ? 1u : 0u);
    EXPECT_LE(outcome.files, 1u);
    EXPECT_EQ(outcome.live, outcome.report.live);
    EXPECT_EQ(outcome.live_bytes, outcome.report.live_bytes);
}

TEST_F(Faults, ACallThatFailsChangesNothingForTheApplication) {
    EXPECT_EQ(fail_each_call(""), (std::set<std::string>{"renameat2"}));
}

// As on file systems that have no files without a name: the ledger gets one, and another when it is complete.
TEST_F(Faults, NorDoesOneWhereFilesNeedANameFromTheStart) {
    const std::string always = fmt::format("openat_unnamed:{}", EOPNOTSUPP);
    const Outcome outcome = run("", always);
    EXPECT_EQ(outcome.files, 1u);
    EXPECT_EQ(outcome.live, 31u);
    EXPECT_EQ(outcome.unnamed, 0u);
    EXPECT_EQ(fail_each_call(always), (std::set<std::string>{"access", "linkat", "openat_unnamed"}));
}

// As on kernels that cannot be asked for the memory of a mapping: the file is filled instead.
TEST_F(Faults, NorDoesOneWhereMemoryCannotBeAskedFor) {
    const std::string always = fmt::format("madvise_populate:{}", EINVAL);
    const Outcome outcome = run("", always);
    EXPECT_EQ(outcome.files, 1u);
    EXPECT_EQ(outcome.live, 31u);
    EXPECT_EQ(fail_each_call(always), (std::set<std::string>{"madvise_populate", "renameat2"}));
}

TEST_F(Faults, WhereMemoryCannotBeAskedForALargeLedgerBecomesASmallOne) {
    const auto large = [] { ::setenv("TTMEM_LEDGER_SLOTS", "100000", 1); };
    const Outcome outcome = run("", fmt::format("madvise_populate:{}", EINVAL), large);
    EXPECT_EQ(outcome.files, 1u);
    EXPECT_EQ(outcome.live, 31u);
}

TEST_F(Faults, AProcessThatCannotAskForItsLimitsLeavesATraceOfItself) {
    const Outcome outcome = run("", fmt::format("getrlimit:{}", EFAULT));
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.files, 0u);
    EXPECT_EQ(outcome.unnamed, 1u);
}

// As on kernels before 4.14, which do not empty a page in a child: the C library is asked to, if it can.
TEST_F(Faults, NorDoesOneWhereNoPageIsEmptyInAChild) {
    const std::string always = fmt::format("madvise_wipe:{}", EINVAL);
    EXPECT_EQ(run("", always).live, 31u);
    const Outcome outcome = run(fmt::format("pthread_atfork:1:{}", ENOMEM), always);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.files, 0u);
    EXPECT_EQ(outcome.report.live, 0u);
}

TEST_F(Faults, WhatTheSystemSaysOfTheProcessMayBeAnything) {
    for (int nth = 1; nth <= 2; ++nth) {
        const Outcome outcome = run(fmt::format("read:{}:garbage", nth));
        EXPECT_EQ(outcome.status, 0);
        EXPECT_EQ(outcome.unreadable, "");
        EXPECT_EQ(outcome.live, 31u);
    }
}

TEST_F(Faults, ACallInTheMiddleOfACallChangesNothing) {
    int calls = 0;
    for (const Function& function : kFunctions) {
        for (int nth = 1;; ++nth) {
            const std::string fault = fmt::format("{}:{}:call-back", function.name, nth);
            SCOPED_TRACE(fault);
            const Outcome outcome = run(fault);
            if (!outcome.reached()) break;
            check(outcome, function.name);
            EXPECT_EQ(outcome.report.live, 31u);
            ASSERT_FALSE(HasFailure());
            ++calls;
        }
    }
    fmt::print("{} calls in the middle of others\n", calls);
    EXPECT_GT(calls, 50);
}

TEST_F(Faults, TheFirstCallsOfTwoThreadsMakeOneLedgerOrNone) {
    const Outcome outcome = run("linkat:1:thread-calls");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.files, 1u);
    EXPECT_EQ(outcome.live, 31u);
    const Outcome failed = run("getrlimit:1:thread-calls", fmt::format("linkat:{}", EPERM));
    EXPECT_EQ(failed.status, 0);
    EXPECT_EQ(failed.files, 0u);
}

// Where another user has our name in /dev/shm, the library makes one that nobody can foresee.
TEST_F(Faults, WithoutRandomNumbersNoOtherDirectoryIsMade) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may mount: run this test as root";
    const auto squat = [] {
        const std::string name = "/dev/shm/ttmem-0";
        if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64m") != 0 || ::mkdir(name.c_str(), 0777) != 0 ||
            ::chown(name.c_str(), 1000, 1000) != 0 || ::unsetenv("TTMEM_DIR") != 0) {
            ::_exit(77);
        }
    };
    const Outcome outcome = run("", "", squat);
    if (WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 77) GTEST_SKIP() << "tmpfs cannot be mounted here";
    EXPECT_EQ(outcome.report.live, 31u);
    for (int nth = 1; nth <= 2; ++nth) {
        const Outcome failed = run(fmt::format("getrandom:{}:{}", nth, EAGAIN), "", squat);
        EXPECT_EQ(failed.status, 0);
        EXPECT_EQ(failed.report.live, 0u);
    }
}

TEST_F(Faults, AProcessThatDiesInACallLeavesAWholeLedgerOrNone) {
    int kills = 0, whole = 0;
    for (const Function& function : kFunctions) {
        for (const char* when : {"kill-before", "kill-after"}) {
            for (int nth = 1;; ++nth) {
                make_old_ledgers(70);
                const std::string fault = fmt::format("{}:{}:{}", function.name, nth, when);
                SCOPED_TRACE(fault);
                const Outcome outcome = run(fault);
                if (!outcome.reached()) break;
                ASSERT_TRUE(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGKILL) << outcome.status;
                EXPECT_EQ(outcome.unreadable, "");
                EXPECT_EQ(outcome.unnamed, 0u) << "a file without a name of its own is left";
                EXPECT_LE(outcome.files, 1u);
                ++kills;
                whole += outcome.files == 1;
                ASSERT_LT(nth, 500) << "there is no end of it";
            }
        }
    }
    fmt::print("{} kills; {} left a ledger\n", kills, whole);
    EXPECT_GT(kills, 100);
    EXPECT_GT(whole, 0);
    EXPECT_LT(whole, kills);
}

}  // namespace
}  // namespace ttmem::faults

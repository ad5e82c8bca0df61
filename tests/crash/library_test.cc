// Crashes after every store to the ledger of the client library as compiled, under sampled interleavings of its public
// calls: sessions, scopes, iterations, frees by address, marks, failures and all, read by the product's reader.
//
// TTMEM_CRASH_SCHEDULES (default 50) and TTMEM_CRASH_SEED as in crash_test.cc.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <new>

#include "tests/crash/library_world.h"

namespace ttmem::crash {
namespace {

uint64_t from_environment(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class LedgerDirectory {
public:
    LedgerDirectory() {
        char name[] = "/dev/shm/ttmem-crash.XXXXXX";
        if (mkdtemp(name) != nullptr) path_ = name;
    }
    ~LedgerDirectory() {
        if (!path_.empty()) std::filesystem::remove_all(path_);
    }
    const std::string& path() const { return path_; }
    void empty() const {
        for (const auto& entry : std::filesystem::directory_iterator(path_)) std::filesystem::remove(entry);
    }

private:
    std::string path_;
};

// In a process of its own; what it found comes back through shared memory.
LibraryOutcome run_in_child(uint64_t seed, int threads, const std::string& directory) {
    static auto* shared = static_cast<LibraryOutcome*>(
        mmap(nullptr, sizeof(LibraryOutcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    new (shared) LibraryOutcome();
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        *shared = run_library_schedule(seed, threads, directory);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    LibraryOutcome outcome = *shared;
    if (status != 0) {
        const std::string words =
            fmt::format("seed {}, {} threads: its process ended with status {:#x}", seed, threads, status);
        snprintf(outcome.flaw, sizeof outcome.flaw, "%s", words.c_str());
    }
    return outcome;
}

class LibraryCrashPoint : public testing::TestWithParam<int> {};

TEST_P(LibraryCrashPoint, IsReadAsTheStateBeforeOrAfterEachCall) {
    const LedgerDirectory directory;
    ASSERT_FALSE(directory.path().empty());
    const uint64_t first = from_environment("TTMEM_CRASH_SEED", 1),
                   count = from_environment("TTMEM_CRASH_SCHEDULES", 50);
    LibraryOutcome sum;
    for (uint64_t seed = first; seed < first + count; ++seed) {
        const LibraryOutcome outcome = run_in_child(seed, GetParam(), directory.path());
        directory.empty();
        ASSERT_STREQ(outcome.flaw, "");
        sum.crash_points += outcome.crash_points;
        sum.calls += outcome.calls;
        sum.redone += outcome.redone;
        sum.ignored += outcome.ignored;
        sum.refused_ends += outcome.refused_ends;
        sum.reused_sessions += outcome.reused_sessions;
        sum.retired += outcome.retired;
        sum.torn_descriptions += outcome.torn_descriptions;
    }
    fmt::print(
        "{} threads: {} schedules, {} calls, {} crash points, in flight: {} redone, {} ignored; {} ends refused, "
        "{} session records reused, {} allocations retired, {} points in a chip's description\n",
        GetParam(), count, sum.calls, sum.crash_points, sum.redone, sum.ignored, sum.refused_ends, sum.reused_sessions,
        sum.retired, sum.torn_descriptions);
    EXPECT_GT(sum.crash_points, 50 * count);
    if (count < 50) return;  // a replay
    EXPECT_GT(sum.redone, 500u);
    EXPECT_GT(sum.ignored, 500u);
    EXPECT_GT(sum.refused_ends, 0u);
    EXPECT_GT(sum.reused_sessions, 0u);
    if (GetParam() == 1) {  // the more calls of one thread, the fuller the ledger
        EXPECT_GT(sum.retired, 0u);
    }
}

INSTANTIATE_TEST_SUITE_P(Threads, LibraryCrashPoint, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace ttmem::crash

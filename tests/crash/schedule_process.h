// Schedules of the public API: a few threads that call it at random on one small ledger, so that every store of the
// library as it was compiled may be the last one. A process makes one ledger in its life, so each schedule runs in a
// forked process that has not called the library before, and that it may end as it likes.
#pragma once

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>

#include "tests/crash/seeds.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_exit.h"

namespace ttmem::crash {

class LedgerDirectory {
public:
    const std::string& path() const { return path_; }
    void empty() const {
        for (const auto& entry : std::filesystem::directory_iterator(path_)) std::filesystem::remove(entry);
    }

private:
    TemporaryDirectory temporary_{TemporaryDirectory::kInMemory};
    std::string path_ = temporary_.path();
};

// What schedules met, and how often. Plain memory, which processes share.
struct Outcome {
    uint64_t crash_points = 0, calls = 0, refused = 0, reused_sessions = 0;
    uint64_t redone = 0, ignored = 0, retired = 0;
    uint64_t torn_descriptions = 0;  // crash points where only the id and the peaks of a chip are known
    uint64_t replays = 0, left_behind = 0, resident = 0;
    char flaw[240] = {};  // "" when all was right

    void fail(const std::string& words) { std::snprintf(flaw, sizeof flaw, "%s", words.c_str()); }
    bool failed() const { return flaw[0] != '\0'; }

    Outcome& operator+=(const Outcome& other) {
        using O = Outcome;
        for (const auto count : {&O::crash_points, &O::calls, &O::refused, &O::reused_sessions, &O::redone, &O::ignored,
                                 &O::retired, &O::torn_descriptions, &O::replays, &O::left_behind, &O::resident})
            this->*count += other.*count;
        if (!failed()) fail(other.flaw);
        return *this;
    }
};

// Never more than once in a process. `directory`: for the ledger.
using Schedule = Outcome(uint64_t seed, int threads, const std::string& directory);
Schedule run_library_schedule;  // sessions, scopes, iterations, frees by address, marks, failures
Schedule run_program_schedule;  // programs, circular buffers, traces

inline Outcome run_in_child(Schedule& schedule, uint64_t seed, int threads, const std::string& directory) {
    static auto* shared = static_cast<Outcome*>(
        mmap(nullptr, sizeof(Outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    new (shared) Outcome();
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        *shared = schedule(seed, threads, directory);
        exit_test_process(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    Outcome outcome = *shared;
    if (status != 0) outcome.fail(fmt::format("seed {}: its process ended with status {:#x}", seed, status));
    return outcome;
}

// The sum of `count` schedules, up to the first with a flaw.
inline Outcome run_schedules(Schedule& schedule, int threads, uint64_t count) {
    const LedgerDirectory directory;
    const uint64_t first = first_seed();
    Outcome sum;
    for (uint64_t seed = first; seed < first + count && !sum.failed(); ++seed) {
        sum += run_in_child(schedule, seed, threads, directory.path());
        directory.empty();
    }
    return sum;
}

}  // namespace ttmem::crash

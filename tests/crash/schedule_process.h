// Each schedule of a crash harness in a process of its own, which it may end as it likes.
#pragma once

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>

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

// What `schedule` found, through shared memory. `Outcome` is plain, with a text `flaw`: "" when all was right.
template <class Outcome, class Schedule>
Outcome run_in_child(const Schedule& schedule) {
    static auto* shared = static_cast<Outcome*>(
        mmap(nullptr, sizeof(Outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    new (shared) Outcome();
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        *shared = schedule();
        exit_test_process(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    Outcome outcome = *shared;
    if (status != 0) {
        const std::string words = fmt::format("its process ended with status {:#x}", status);
        snprintf(outcome.flaw, sizeof outcome.flaw, "%s", words.c_str());
    }
    return outcome;
}

}  // namespace ttmem::crash

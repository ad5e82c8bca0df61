// A tracked program for the scenarios that the simulator is too well-behaved for: it forks, has too many threads,
// leaves things behind. It uses the public API alone.
//
//   scenario-driver COMMAND [NUMBER]
//
//   leave CODE     allocates 1 MiB, keeps it, ends with CODE
//   full N         allocates N times 1 KiB and frees what it can, closes, ends with 0
//   fail N         fails to allocate 2 MiB, then as `full`
//   clean CODE     allocates and frees 1 MiB, closes, ends with CODE
//   raise SIGNAL   allocates 1 MiB, then dies of SIGNAL
//   hold           allocates 1 MiB and waits
//   fork           allocates 1 MiB; a forked child frees it, three times, then allocates 2 MiB of its own; both wait
//   orphan         forks a child that allocates 2 MiB and waits in a session of its own, and ends with 0
//   threads N      N threads live at the same time, each keeps 1 KiB; waits
//   views          a parent's allocation with a view of it, a mark, a double free, a free by a wrong address; waits
//   obey           does what lines of its input say, and says `done` after each: `alloc NUMBER BYTES`, `free NUMBER`;
//   closes
//
// "Waits": prints `ready` with the pids that matter and goes on when its input ends; exit code 7 then.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/scenarios/tracked.h"

namespace {

using namespace ttmem::scenarios;

constexpr int kWaited = 7;

int fork_and_wait(ttmem_place place) {
    const ttmem_handle mine = allocate(place, 0, kMiB);
    int line[2];
    if (pipe(line) != 0) return 1;
    const pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 3; ++i) ttmem_record_free(mine);
        allocate(place, 4 * kMiB, 2 * kMiB);
        if (write(line[1], "x", 1) != 1) _exit(1);
        wait_for_end_of_input();
        _exit(kWaited);
    }
    char byte;
    if (read(line[0], &byte, 1) != 1) return 1;
    say_ready(child);
    wait_for_end_of_input();
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int leave_an_orphan(ttmem_place place) {
    int line[2];
    if (pipe(line) != 0) return 1;
    const pid_t child = fork();
    if (child == 0) {
        setsid();
        const int nothing = open("/dev/null", O_RDWR);  // so that nobody waits for the end of its output
        for (int fd = 0; fd < 3; ++fd) dup2(nothing, fd);
        allocate(place, 4 * kMiB, 2 * kMiB);
        if (write(line[1], "x", 1) != 1) _exit(1);
        pause();
        _exit(0);
    }
    char byte;
    if (read(line[0], &byte, 1) != 1) return 1;
    std::printf("ready %d\n", child);
    return 0;
}

int run_threads(ttmem_place place, int count) {
    std::latch all_recorded(count), may_end(1);
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            allocate(place, static_cast<uint64_t>(i) * 4096, 1024);
            all_recorded.count_down();
            may_end.wait();
        });
    }
    all_recorded.wait();
    say_ready();
    wait_for_end_of_input();
    may_end.count_down();
    for (std::thread& thread : threads) thread.join();
    return kWaited;
}

int misuse(ttmem_place place) {
    const ttmem_handle owner = allocate(place, 0, kMiB);
    const ttmem_allocation view = block(place, 0, kMiB);
    ttmem_record_view(&view);
    ttmem_mark_persistent(owner);
    const ttmem_handle gone = allocate(place, 4 * kMiB, kMiB);
    ttmem_record_free(gone);
    ttmem_record_free(gone);
    ttmem_record_free_at(place, TTMEM_POOL_DRAM, 8 * kMiB);
    say_ready();
    wait_for_end_of_input();
    return kWaited;
}

int hold(ttmem_place place) {
    allocate(place, 0, kMiB);
    say_ready();
    wait_for_end_of_input();
    return kWaited;
}

int obey(ttmem_place place) {
    std::map<int, ttmem_handle> blocks;
    say_ready();
    char line[100];
    while (std::fgets(line, sizeof line, stdin) != nullptr) {
        int number = 0;
        unsigned long bytes = 0;
        if (std::sscanf(line, "alloc %d %lu", &number, &bytes) == 2) {
            blocks[number] = allocate(place, static_cast<uint64_t>(number) << 30, bytes);
        } else if (std::sscanf(line, "free %d", &number) == 1) {
            ttmem_record_free(blocks[number]);
        } else {
            return 2;
        }
        std::puts("done");
        std::fflush(stdout);
    }
    ttmem_close(place);
    return 0;
}

int leave(ttmem_place place, int code) {
    allocate(place, 0, kMiB);
    return code;
}

int clean(ttmem_place place, int code) {
    ttmem_record_free(allocate(place, 0, kMiB));
    ttmem_close(place);
    return code;
}

int fill(ttmem_place place, int count) {
    std::vector<ttmem_handle> handles;
    for (int i = 0; i < count; ++i) handles.push_back(allocate(place, static_cast<uint64_t>(i) * 4096, 1024));
    for (const ttmem_handle handle : handles) ttmem_record_free(handle);
    ttmem_close(place);
    return 0;
}

int fail(ttmem_place place, int count) {
    const ttmem_failure failure{.place = place,
                                .kind = TTMEM_FAILURE_OUT_OF_MEMORY,
                                .pool = TTMEM_POOL_DRAM,
                                .banks = 12,
                                .requested_bytes = 2 * kMiB,
                                .bytes_per_bank = 174'763,
                                .bank_bytes = UINT64_MAX,
                                .allocated_per_bank = UINT64_MAX,
                                .free_per_bank = UINT64_MAX,
                                .largest_free_per_bank = UINT64_MAX};
    ttmem_record_failure(&failure);
    return fill(place, count);
}

int die(ttmem_place place, int number) {
    allocate(place, 0, kMiB);
    signal(number, SIG_DFL);
    raise(number);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string command = argc > 1 ? argv[1] : "";
    const int number = argc > 2 ? std::atoi(argv[2]) : 0;
    const ttmem_place place = open_chip();
    if (command == "leave") return leave(place, number);
    if (command == "clean") return clean(place, number);
    if (command == "full") return fill(place, number);
    if (command == "fail") return fail(place, number);
    if (command == "raise") return die(place, number);
    if (command == "hold") return hold(place);
    if (command == "obey") return obey(place);
    if (command == "fork") return fork_and_wait(place);
    if (command == "orphan") return leave_an_orphan(place);
    if (command == "threads") return run_threads(place, number);
    if (command == "views") return misuse(place);
    std::fprintf(stderr, "scenario-driver: unknown command %s; see the top of driver.cc\n", command.c_str());
    return 2;
}

// A tracked process that takes one of the shapes in which processes live and end; a relative of driver.cc.
//
//   scenario-shape SHAPE
//
// It records 1 MiB, takes its shape, and says `ready PID` with the pid of what goes on, if that is another process with
// `ready PID OTHER`. Then it waits for the end of its input, but for those that end by themselves. Shapes:
//
//   fork, raw-fork, double-fork   a child that never calls the library lives on
//   closing-child                 a child that closes all that it inherited lives on
//   vfork, spawn                  another program was started, and lives on
//   reopened                      the process opens and closes its own ledger
//   closed                        it closes all descriptors but the first three, then records 1 MiB more
//   exec                          it becomes another program
//   leaderless                    its first thread ends, a second one records 1 MiB more and lives on
//   daemon                        it goes into the background with daemon(3), and records 1 MiB more there
//   quick-exit, bare-exit, exit, return, abort     it ends so, with 1 MiB held
//   atexit, statics, thread-locals                 it frees it in a handler or a destructor, and ends
//   inherited-statics             a child ends through the destructors that free what its parent holds
//   user                          it becomes another user (only root can), then records 1 MiB more
//   unshared                      it leaves its namespaces of users and mounts, then records 1 MiB more
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

#include "tests/scenarios/tracked.h"

namespace {

using namespace ttmem::scenarios;

ttmem_place place = 0;

ttmem_handle allocate() {
    static uint64_t made = 0;
    return ttmem::scenarios::allocate(place, made++ * kMiB, kMiB);
}

[[noreturn]] void wait_and_leave() {
    wait_for_end_of_input();
    _exit(0);
}

// A child of ours must not keep our pipes open: the scenario waits for their end.
[[noreturn]] void live_on() {
    const int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) dup2(nothing, fd);
    for (;;) pause();
}

void parent_of(pid_t child) {
    say_ready(child);
    wait_and_leave();
}

void fork_once() {
    const pid_t child = fork();
    if (child == 0) live_on();
    parent_of(child);
}

void fork_by_the_bare_call() {
    const auto child = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    if (child == 0) live_on();
    parent_of(child);
}

void fork_twice() {
    int line[2];
    if (pipe(line) != 0) _exit(1);
    if (fork() == 0) {
        setsid();
        const pid_t grandchild = fork();
        if (grandchild == 0) live_on();
        if (write(line[1], &grandchild, sizeof grandchild) != sizeof grandchild) _exit(1);
        _exit(0);
    }
    pid_t grandchild = 0;
    if (read(line[0], &grandchild, sizeof grandchild) != sizeof grandchild) _exit(1);
    wait(nullptr);
    parent_of(grandchild);
}

void fork_a_closing_child() {
    const pid_t child = fork();
    if (child == 0) {
        for (int fd = 0; fd < 256; ++fd) close(fd);
        for (;;) pause();
    }
    parent_of(child);
}

void start_another(bool by_vfork) {
    char name[] = "sleep", time[] = "60";
    char* const words[] = {name, time, nullptr};
    pid_t child = 0;
    if (by_vfork) {
        child = vfork();
        if (child == 0) {
            execv("/bin/sleep", words);
            _exit(1);
        }
    } else {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        for (int fd = 0; fd < 3; ++fd) posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
        if (posix_spawn(&child, "/bin/sleep", &actions, nullptr, words, environ) != 0) _exit(1);
    }
    parent_of(child);
}

void reopen() {
    for (const auto& entry : std::filesystem::directory_iterator(std::getenv("TTMEM_DIR"))) {
        const int fd = open(entry.path().c_str(), O_RDONLY);
        if (fd < 0) _exit(1);
        close(fd);
    }
    say_ready();
    wait_and_leave();
}

void close_everything() {
    for (int fd = 3; fd < 1024; ++fd) close(fd);
    allocate();
    say_ready();
    wait_and_leave();
}

void become_another() {
    say_ready();
    execl("/bin/cat", "cat", nullptr);  // until the end of the input
    _exit(1);
}

void end_the_first_thread() {
    std::thread([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        allocate();
        say_ready();
        wait_and_leave();
    }).detach();
    pthread_exit(nullptr);
}

void go_into_the_background() {
    int line[2];
    if (pipe(line) != 0) _exit(1);
    const pid_t child = fork();
    if (child == 0) {
        if (daemon(0, 0) != 0) _exit(1);
        allocate();
        const pid_t self = getpid();
        if (write(line[1], &self, sizeof self) != sizeof self) _exit(1);
        for (;;) pause();
    }
    pid_t background = 0;
    if (read(line[0], &background, sizeof background) != sizeof background) _exit(1);
    wait(nullptr);
    parent_of(background);
}

ttmem_handle held = 0;  // by a destructor or handler
void free_held() { ttmem_record_free(held); }

struct Freeing {
    bool armed = false;
    ~Freeing() {
        if (armed) free_held();
    }
};
Freeing at_end_of_program;
thread_local Freeing at_end_of_thread;

void free_in_a_thread_local() {
    std::thread([] { at_end_of_thread.armed = true; }).join();
    std::exit(0);
}

void end_a_child_through_destructors() {
    at_end_of_program.armed = true;
    const pid_t child = fork();
    if (child == 0) std::exit(0);
    int status = 0;
    waitpid(child, &status, 0);
    say_ready(child);
    wait_and_leave();
}

void become_another_user() {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(77);
    allocate();
    say_ready();
    wait_and_leave();
}

void leave_namespaces() {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(77);
    allocate();
    say_ready();
    wait_and_leave();
}

const std::map<std::string, void (*)()> kShapes = {
    {"fork", fork_once},
    {"raw-fork", fork_by_the_bare_call},
    {"double-fork", fork_twice},
    {"closing-child", fork_a_closing_child},
    {"vfork", [] { start_another(true); }},
    {"spawn", [] { start_another(false); }},
    {"reopened", reopen},
    {"closed", close_everything},
    {"exec", become_another},
    {"leaderless", end_the_first_thread},
    {"daemon", go_into_the_background},
    {"quick-exit", [] { std::quick_exit(0); }},
    {"bare-exit", [] { _exit(0); }},
    {"exit", [] { std::exit(0); }},
    {"return", [] {}},
    {"abort", [] { std::abort(); }},
    {"atexit", [] { std::atexit(free_held); }},
    {"statics", [] { at_end_of_program.armed = true; }},
    {"thread-locals", free_in_a_thread_local},
    {"inherited-statics", end_a_child_through_destructors},
    {"user", become_another_user},
    {"unshared", leave_namespaces},
};

}  // namespace

int main(int argc, char** argv) {
    const auto shape = kShapes.find(argc > 1 ? argv[1] : "");
    if (shape == kShapes.end()) {
        std::fprintf(stderr, "scenario-shape: there is no such shape; see the top of shapes.cc\n");
        return 2;
    }
    place = open_chip();
    held = allocate();
    shape->second();
    return 0;
}

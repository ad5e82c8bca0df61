#include "src/apps/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "src/base/fd.h"

namespace ttmem {
namespace {

sigset_t awaited_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
    return signals;
}

// In the child. Gives errno to the parent if the program cannot be started.
[[noreturn]] void become(std::vector<char*>& words, const std::map<std::string, std::string>& environment,
                         const sigset_t& signals_before, int report) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    sigprocmask(SIG_SETMASK, &signals_before, nullptr);
    ::execvp(words[0], words.data());
    const int error = errno;
    if (::write(report, &error, sizeof error) != sizeof error) ::_exit(kCannotExecute);
    ::_exit(error == ENOENT ? kNotFound : kCannotExecute);
}

// What the child says before it becomes the program: 0 when it did.
int read_start_error(int fd) {
    int error = 0;
    ssize_t got = 0;
    do {
        got = ::read(fd, &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    return got == sizeof error ? error : 0;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words,
                                         const std::map<std::string, std::string>& environment, int& cannot_start) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{"no pipe could be made", std::strerror(errno), ""};
    ScopedFd from_child(ends[0]), to_parent(ends[1]);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);

    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t before;
    const sigset_t awaited = awaited_signals();
    sigprocmask(SIG_BLOCK, &awaited, &before);
    const pid_t pid = ::fork();
    if (pid < 0) return Error{"no process could be made for `" + words[0] + "`", std::strerror(errno), ""};
    if (pid == 0) become(arguments, environment, before, to_parent.get());

    to_parent.reset();
    const int error = read_start_error(from_child.get());
    if (error == 0) return ChildProcess(pid);
    ::waitpid(pid, nullptr, 0);
    cannot_start = error == ENOENT ? kNotFound : kCannotExecute;
    return Error{"`" + words[0] + "` cannot be started", std::strerror(error),
                 error == ENOENT ? "check the name and $PATH" : "check that it is a program that you may execute"};
}

std::optional<ChildEnd> ChildProcess::wait(std::chrono::milliseconds patience) {
    if (const std::optional<ChildEnd> end = reap()) return end;
    const sigset_t awaited = awaited_signals();
    const timespec timeout{patience.count() / 1000, (patience.count() % 1000) * 1'000'000};
    siginfo_t info{};
    const int signal = ::sigtimedwait(&awaited, &info, &timeout);
    // What the kernel sends from a terminal (Ctrl-C) goes to the child as well: it needs no second one.
    const bool from_terminal = info.si_code == SI_KERNEL;
    if (signal > 0 && signal != SIGCHLD && !from_terminal) ::kill(pid_, signal);
    return reap();
}

// Takes the ends of all children; orphans that came to us are of no further interest.
std::optional<ChildEnd> ChildProcess::reap() {
    std::optional<ChildEnd> end;
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid != pid_) continue;
        if (WIFSIGNALED(status)) {
            end = ChildEnd{kSignalBase + WTERMSIG(status), WTERMSIG(status)};
        } else {
            end = ChildEnd{WEXITSTATUS(status), 0};
        }
    }
    return end;
}

}  // namespace ttmem

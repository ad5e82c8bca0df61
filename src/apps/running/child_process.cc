#include "src/apps/running/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ttmem {
namespace {

// What the program must find as we found it.
struct Inherited {
    sigset_t mask;
    struct sigaction child_ended;
};

// All signals are blocked, so that they can be waited for; also an ignored one then stays pending. Of the dispositions
// only that of SIGCHLD matters: ignored, it lets children vanish without a word.
Inherited take_over_signals() {
    Inherited inherited{};
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &inherited.mask);
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &standard, &inherited.child_ended);
    return inherited;
}

void give_back(const Inherited& inherited) {
    sigaction(SIGCHLD, &inherited.child_ended, nullptr);
    sigprocmask(SIG_SETMASK, &inherited.mask, nullptr);
}

// In the child. Tells the parent errno if the program cannot be started.
[[noreturn]] void become(std::vector<char*>& words, const std::map<std::string, std::string>& environment,
                         const Inherited& inherited, int report) {
    bool told = true;
    for (const auto& [name, value] : environment) told = ::setenv(name.c_str(), value.c_str(), 1) == 0 && told;
    give_back(inherited);
    if (told) ::execvp(words[0], words.data());
    const int error = told ? errno : ENOMEM;
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

int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words,
                                         const std::map<std::string, std::string>& environment, int& cannot_start,
                                         const std::function<void()>& before) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{"no pipe could be made", std::strerror(errno), ""};
    ScopedFd from_child(ends[0]), to_parent(ends[1]);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);

    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigset_t all;
    sigfillset(&all);
    ScopedFd signals(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals) return Error{"signals cannot be waited for", std::strerror(errno), ""};
    const Inherited inherited = take_over_signals();
    const pid_t pid = ::fork();
    if (pid == 0) {
        if (before) before();
        become(arguments, environment, inherited, to_parent.get());
    }
    if (pid < 0) {
        return Error{"no process could be made for `" + words[0] + "`", std::strerror(errno), ""};
    }

    GroupWitness witness = GroupWitness::start();
    to_parent.reset();
    const int error = read_start_error(from_child.get());
    if (error == 0) return ChildProcess(pid, ScopedFd(open_pidfd(pid)), std::move(signals), std::move(witness));
    ::waitpid(pid, nullptr, 0);
    cannot_start = error == ENOENT ? kNotFound : kCannotExecute;
    return Error{"`" + words[0] + "` cannot be started", std::strerror(error),
                 error == ENOENT ? "check the name and $PATH" : "check that it is a program that you may execute"};
}

std::optional<ChildEnd> ChildProcess::wait(std::chrono::milliseconds patience, int also) {
    if (const std::optional<ChildEnd> end = look()) return end;
    pollfd awaited[] = {{signals_.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}, {also, POLLIN, 0}};
    ::poll(awaited, std::size(awaited), static_cast<int>(patience.count()));
    take_signals();
    return look();
}

// What has become of the child. Until it is reaped here its pid is its own, so that a signal cannot meet anybody else.
std::optional<ChildEnd> ChildProcess::look() {
    reap_orphans();
    for (;;) {
        siginfo_t info{};
        if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WSTOPPED | WNOHANG) != 0 || info.si_pid == 0)
            return std::nullopt;
        switch (info.si_code) {
            case CLD_EXITED:
                witness_.end();
                return ChildEnd{info.si_status, 0};
            case CLD_KILLED:
            case CLD_DUMPED:
                witness_.end();
                return ChildEnd{kSignalBase + info.si_status, info.si_status};
            case CLD_STOPPED:
                stop_as_well(info.si_status);
                break;
            default:
                break;
        }
    }
}

// Children that are orphans of the program, and of no further interest.
void ChildProcess::reap_orphans() {
    for (;;) {
        siginfo_t info{};
        // Looked at first: the child itself is reaped only where its end is taken.
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
        if (info.si_pid == pid_) return;
        if (info.si_pid == witness_.pid()) {
            witness_.end();
        } else {
            ::waitpid(info.si_pid, nullptr, WNOHANG);
        }
    }
}

// A signal that our whole group was sent has reached the child already, unless it has made a group of its own. What was
// sent to us alone is for it as well.
bool ChildProcess::child_was_told(int signal) { return witness_.saw(signal) && ::getpgid(pid_) == ::getpgrp(); }

void ChildProcess::take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        const int signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGCHLD || child_was_told(signal)) continue;
        siginfo_t queued{};  // a value that was sent goes with it
        queued.si_signo = signal;
        queued.si_code = SI_QUEUE;
        queued.si_pid = static_cast<pid_t>(info.ssi_pid);
        queued.si_uid = info.ssi_uid;
        queued.si_value.sival_ptr = reinterpret_cast<void*>(info.ssi_ptr);  // NOLINT: a value of the sender's
        hand_on(signal, info.ssi_code == SI_QUEUE ? &queued : nullptr);
    }
}

void ChildProcess::hand_on(int signal, const siginfo_t* info) {
    if (pidfd_) {
        if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, info, 0) == 0 || errno == ESRCH) return;
    }
    ::kill(pid_, signal);
}

// Our parent sees us stopped by what stopped the child.
void ChildProcess::stop_as_well(int signal) {
    struct sigaction standard {
    }, before{};
    standard.sa_handler = SIG_DFL;
    sigset_t one, mask;
    sigemptyset(&one);
    sigaddset(&one, signal);
    sigaction(signal, &standard, &before);  // in vain for SIGSTOP, which needs none of this
    // Of a stop that the terminal told us as well one is enough; and SIGCONT, that ends it, must not be seen twice.
    const timespec at_once{0, 0};
    while (::sigtimedwait(&one, nullptr, &at_once) > 0) static_cast<void>(witness_.saw(signal));
    witness_.wake_us_with(pid_);
    ::kill(::getpid(), signal);
    sigprocmask(SIG_UNBLOCK, &one, &mask);  // here we stand until somebody continues us
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    sigaction(signal, &before, nullptr);

    sigset_t go_on;
    sigemptyset(&go_on);
    sigaddset(&go_on, SIGCONT);
    if (::sigtimedwait(&go_on, nullptr, &at_once) < 0) return;  // we did not stop: nobody would have continued us
    const bool was_told = child_was_told(SIGCONT);
    siginfo_t continued{};  // where it goes on already we were woken for that
    ::waitid(P_PID, static_cast<id_t>(pid_), &continued, WCONTINUED | WNOHANG);
    if (!was_told && continued.si_pid == 0) hand_on(SIGCONT, nullptr);
}

void accept_signals_again() {
    sigset_t all, pipe_only;
    sigfillset(&all);
    const timespec at_once{0, 0};
    while (::sigtimedwait(&all, nullptr, &at_once) > 0) {  // what was meant for the program, which has ended
    }
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigprocmask(SIG_SETMASK, &pipe_only, nullptr);
}

void die_of(int signal) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);  // a core that goes to a program is not kept back by the limit
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    sigaction(signal, &standard, nullptr);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    sigprocmask(SIG_UNBLOCK, &one, nullptr);
    ::kill(::getpid(), signal);
}

void occupy_closed_descriptors() {
    for (int fd = 0; fd <= 2; ++fd) {
        if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        // The lowest free number is this one, for those below are open or have just been taken.
        static_cast<void>(::open("/dev/null", (fd == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC));
    }
}

}  // namespace ttmem

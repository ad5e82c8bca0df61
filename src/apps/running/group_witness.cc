#include "src/apps/running/group_witness.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <optional>
#include <string_view>

namespace ttmem {
namespace {

constexpr long kGraceNs = 2'000'000;     // the kernel tells the members of a group one after the other
constexpr int kAnswerPatienceMs = 1000;  // of a witness that was stopped, or taken away
constexpr int kBetweenLooksMs = 50;      // at a child that has stopped
constexpr int kManyDescriptors = 65536;

// Nothing of ours is kept open by it: who waits for the end of a pipe must not wait for a witness.
void close_all_above(int last) {
    if (::close_range(static_cast<unsigned>(last) + 1, ~0u, 0) == 0) return;
    for (int fd = last + 1; fd < kManyDescriptors; ++fd) ::close(fd);
}

// Whether /proc says that it stands: 'T', or 't' under a debugger. Not told: nothing.
std::optional<bool> is_stopped(pid_t pid) {
    const ScopedFd file(::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno == ENOENT && ::access("/proc/self/stat", F_OK) == 0 ? std::optional(false) : std::nullopt;
    char text[256];
    const ssize_t size = ::read(file.get(), text, sizeof text);
    const std::string_view line(text, size > 0 ? static_cast<size_t>(size) : 0);
    const size_t name_end = line.rfind(')');  // a name may hold anything
    if (name_end == std::string_view::npos || name_end + 2 >= line.size()) return std::nullopt;
    return line[name_end + 2] == 'T' || line[name_end + 2] == 't';
}

// As often as needed: a SIGCONT that comes before the stop is lost.
void wake_if_alone(pid_t stopped_for, pid_t child) {
    if (is_stopped(child).value_or(true) || ::getppid() != stopped_for) return;
    if (is_stopped(stopped_for).value_or(false)) ::kill(stopped_for, SIGCONT);
}

// A question is the number of a signal; a negative one is a child to watch, and has no answer.
[[noreturn]] void be_the_witness(int socket, pid_t parent) {
    ::dup2(socket, 0);
    close_all_above(0);
    pid_t watched = 0;
    for (;;) {
        pollfd asked{0, POLLIN, 0};
        if (watched != 0 && ::poll(&asked, 1, kBetweenLooksMs) == 0) {
            wake_if_alone(parent, watched);
            continue;
        }
        int question = 0;
        const ssize_t got = ::read(0, &question, sizeof question);
        if (got < 0 && errno == EINTR) continue;
        if (got != sizeof question) ::_exit(0);
        watched = question < 0 ? -question : 0;
        if (question < 0) continue;
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, question);
        const timespec grace{0, kGraceNs};
        const bool saw = ::sigtimedwait(&one, nullptr, &grace) == question;
        if (::write(0, &saw, sizeof saw) != sizeof saw) ::_exit(0);
    }
}

}  // namespace

GroupWitness GroupWitness::start() {
    GroupWitness witness;
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return witness;
    ScopedFd ours(ends[0]), its(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) be_the_witness(its.get(), parent);
    if (pid < 0) return witness;
    witness.socket_ = std::move(ours);
    witness.pid_ = pid;
    return witness;
}

bool GroupWitness::saw(int signal) {
    if (!socket_) return false;
    bool saw = false;
    pollfd answer{socket_.get(), POLLIN, 0};
    if (::send(socket_.get(), &signal, sizeof signal, MSG_NOSIGNAL) == sizeof signal &&
        ::poll(&answer, 1, kAnswerPatienceMs) == 1 && ::read(socket_.get(), &saw, sizeof saw) == sizeof saw)
        return saw;
    end();
    return false;
}

void GroupWitness::wake_us_with(pid_t child) {
    const int question = -child;
    if (socket_ && ::send(socket_.get(), &question, sizeof question, MSG_NOSIGNAL) != sizeof question) end();
}

void GroupWitness::end() {
    if (!socket_) return;
    socket_.reset();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

}  // namespace ttmem

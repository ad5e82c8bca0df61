#include "src/apps/group_witness.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace ttmem {
namespace {

constexpr long kGraceNs = 2'000'000;     // the kernel tells the members of a group one after the other
constexpr int kAnswerPatienceMs = 1000;  // of a witness that was stopped, or taken away
constexpr int kManyDescriptors = 65536;

// Nothing of ours is kept open by it: who waits for the end of a pipe must not wait for a witness.
void close_all_above(int last) {
    if (::close_range(static_cast<unsigned>(last) + 1, ~0u, 0) == 0) return;
    for (int fd = last + 1; fd < kManyDescriptors; ++fd) ::close(fd);
}

[[noreturn]] void be_the_witness(int socket) {
    ::dup2(socket, 0);
    close_all_above(0);
    for (;;) {
        int signal = 0;
        const ssize_t got = ::read(0, &signal, sizeof signal);
        if (got < 0 && errno == EINTR) continue;
        if (got != sizeof signal) ::_exit(0);
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, signal);
        const timespec grace{0, kGraceNs};
        const bool saw = ::sigtimedwait(&one, nullptr, &grace) == signal;
        if (::write(0, &saw, sizeof saw) != sizeof saw) ::_exit(0);
    }
}

}  // namespace

GroupWitness GroupWitness::start() {
    GroupWitness witness;
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return witness;
    ScopedFd ours(ends[0]), its(ends[1]);
    const pid_t pid = ::fork();
    if (pid == 0) be_the_witness(its.get());
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

void GroupWitness::end() {
    if (!socket_) return;
    socket_.reset();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

}  // namespace ttmem

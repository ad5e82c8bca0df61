#include "src/daemon/allocation_server_socket.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "src/base/fd.h"
#include "src/importers/allocation_server/state_document.h"

namespace ttmem {
namespace {

constexpr size_t kMostBytes = 256 << 20;

ScopedFd connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return ScopedFd();
    std::memcpy(address.sun_path, path.c_str(), path.size());
    ScopedFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{2, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
    return fd;
}

bool read_all(int fd, std::string& text) {
    char buffer[65536];
    while (text.size() <= kMostBytes) {
        const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
        if (got == 0) return true;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        text.append(buffer, static_cast<size_t>(got));
    }
    return false;
}

AllocationServerState silent(const std::string& path, int32_t pid, std::string why) {
    AllocationServerState state;
    state.socket = path;
    state.server_pid = pid > 0 ? static_cast<uint32_t>(pid) : 0;
    state.coverage.note(std::move(why));
    return state;
}

}  // namespace

std::string comm_of(uint32_t pid) {
    std::ifstream file(fmt::format("/proc/{}/comm", pid));
    std::string comm;
    std::getline(file, comm);
    return comm;
}

std::string allocation_server_socket_path() {
    for (const char* name : {"TTMEM_ALLOCATION_SERVER_SOCKET", "TTMEM_LEGACY_SOCKET"}) {  // the latter in 0.1.0
        const char* chosen = std::getenv(name);
        if (chosen != nullptr && *chosen != '\0') return chosen;
    }
    return "/tmp/tt_allocation_server.sock";
}

std::optional<AllocationServerState> ask_allocation_server(const std::string& path) {
    const ScopedFd fd = connect_to(path);
    if (!fd) return {};
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) peer.pid = 0;
    if (comm_of(static_cast<uint32_t>(peer.pid)) != "ttmem") {
        return silent(
            path, peer.pid,
            fmt::format("Process {} listens at {} as an allocation server, and is not ttmem's: it tells what it "
                        "knows on its standard output only. `ttmem allocation-server` can take its place",
                        peer.pid, path));
    }
    std::string text;
    if (::send(fd.get(), kAllocationServerQuestion, std::strlen(kAllocationServerQuestion), MSG_NOSIGNAL) < 0 ||
        !read_all(fd.get(), text)) {
        return silent(path, peer.pid, "The allocation server does not answer: " + std::string(strerror(errno)));
    }
    Result<AllocationServerState> state = parse_allocation_server_document(text);
    if (!state) return silent(path, peer.pid, "The allocation server's answer is not understood: " + state.error().why);
    return std::move(state).value();
}

}  // namespace ttmem

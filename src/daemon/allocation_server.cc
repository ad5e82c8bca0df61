#include "src/daemon/allocation_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include <chrono>
#include <csignal>
#include <cstring>

#include "src/base/text.h"
#include "src/daemon/allocation_server_socket.h"
#include "src/importers/allocation_server/state_document.h"
#include "src/importers/machine/kernel_chips.h"
#include "src/model/hardware.h"

namespace ttmem {
namespace {

constexpr size_t kMostClients = 4096;
constexpr int kSecondsBetweenCounts = 10;

WallTime now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void say(const std::string& text) {
    fmt::print("{}", text);
    std::fflush(stdout);
}

Error failed(const std::string& what) { return {what, std::strerror(errno), ""}; }

bool make_address(const std::string& path, sockaddr_un& address) {
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return true;
}

// Whether the name is of a socket where nobody listens any more: then it may be taken over.
bool is_abandoned(const std::string& path, const sockaddr_un& address) {
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0 || !S_ISSOCK(facts.st_mode)) return false;
    const ScopedFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
           errno == ECONNREFUSED;
}

ScopedFd watch_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return ScopedFd(::signalfd(-1, &set, SFD_CLOEXEC));
}

ScopedFd make_timer() {
    ScopedFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    const itimerspec every{{kSecondsBetweenCounts, 0}, {kSecondsBetweenCounts, 0}};
    ::timerfd_settime(fd.get(), 0, &every, nullptr);
    return fd;
}

}  // namespace

Result<AllocationServer> AllocationServer::open(const AllocationServerOptions& options) {
    AllocationServer server;
    server.options_ = options;
    sockaddr_un address{};
    if (!make_address(options.socket, address))
        return Error{"cannot listen at " + options.socket, "a socket's path has at most 107 characters", ""};
    server.listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto* raw = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(server.listener_.get(), raw, sizeof address) != 0) {
        if (errno != EADDRINUSE) return failed("cannot listen at " + options.socket);
        if (!is_abandoned(options.socket, address)) {
            return Error{"cannot listen at " + options.socket, "another server listens there, or it is no socket",
                         "end that one first, or choose another path with --socket"};
        }
        if (::unlink(options.socket.c_str()) != 0 || ::bind(server.listener_.get(), raw, sizeof address) != 0)
            return failed("cannot listen at " + options.socket);
    }
    server.bound_ = true;
    if (::listen(server.listener_.get(), 128) != 0) return failed("cannot listen at " + options.socket);
    server.signals_ = watch_signals();
    server.timer_ = make_timer();
    if (!server.signals_ || !server.timer_) return failed("cannot wait for clients");
    return server;
}

AllocationServer::~AllocationServer() {
    if (listener_ && bound_) ::unlink(options_.socket.c_str());
}

void AllocationServer::run() {
    for (;;) {
        std::vector<pollfd> wanted = {{signals_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}};
        wanted.push_back({listener_.get(), static_cast<short>(clients_.size() < kMostClients ? POLLIN : 0), 0});
        const size_t fixed = wanted.size();
        std::vector<uint32_t> pids;
        for (const auto& [pid, process] : processes_) {
            if (!process.pidfd) continue;
            wanted.push_back({process.pidfd.get(), POLLIN, 0});
            pids.push_back(pid);
        }
        for (const auto& [fd, _] : clients_) wanted.push_back({fd, POLLIN, 0});
        if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) return;
        if (wanted[0].revents != 0) return;
        uint64_t ticks;
        if (wanted[1].revents != 0 && ::read(timer_.get(), &ticks, sizeof ticks) > 0 && options_.server_log)
            say(fmt::format("  Active allocations: {}\n", table_.keys()));
        // First what clients have said, then that they are gone.
        for (size_t i = fixed + pids.size(); i < wanted.size(); ++i) {
            if (wanted[i].revents == 0) continue;
            Client& client = clients_.at(wanted[i].fd);
            if (serve(client)) continue;
            leave(client);
            clients_.erase(wanted[i].fd);
        }
        for (size_t i = 0; i < pids.size(); ++i) {
            if (wanted[fixed + i].revents != 0) end_process(pids[i]);
        }
        if (wanted[2].revents != 0) accept_client();
    }
}

void AllocationServer::accept_client() {
    ScopedFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return;
    Client client;
    client.pid = static_cast<uint32_t>(peer.pid);
    client.uid = peer.uid;
    const int number = fd.get();
    client.fd = std::move(fd);
    clients_.emplace(number, std::move(client));
}

// False: it has left, or is not worth listening to any more.
bool AllocationServer::serve(Client& client) {
    std::byte buffer[65536];
    for (;;) {
        const ssize_t got = ::recv(client.fd.get(), buffer, sizeof buffer, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno == EAGAIN;
        if (got == 0) return false;
        const std::string_view text(reinterpret_cast<const char*>(buffer), static_cast<size_t>(got));
        if (!client.process && !client.framing.generation() && text.starts_with(kAllocationServerQuestion)) {
            answer_question(client);
            return false;
        }
        client.framing.feed(std::span(buffer, static_cast<size_t>(got)));
        while (const std::optional<AllocationMessage> message = client.framing.next()) {
            if (!handle(client, *message)) return false;
        }
        if (!client.framing.broken().empty()) {
            say(fmt::format("process {}: {}; its connection is closed\n", client.pid, client.framing.broken()));
            return false;
        }
    }
}

uint32_t AllocationServer::process_of(Client& client) {
    if (client.process) return *client.process;
    // Of a process in another pid namespace the kernel tells no number: then each connection counts as one.
    const auto known = client.pid == 0 ? processes_.end() : processes_.find(client.pid);
    if (known != processes_.end()) {
        ++known->second.clients;
        client.process = known->second.number;
        return *client.process;
    }
    const std::string comm = comm_of(client.pid);
    client.process = table_.add_process(client.pid, client.uid, comm, now());
    if (client.pid != 0) {
        Process process;
        process.number = *client.process;
        process.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, client.pid, 0)));
        process.clients = 1;
        processes_.emplace(client.pid, std::move(process));
    }
    if (!options_.server_log)
        say(fmt::format("process {} ({}) speaks generation {} ({} bytes)\n", client.pid, printable(comm),
                        client.framing.generation().value_or(0),
                        kAllocationMessageBytes[client.framing.generation().value_or(0)]));
    return *client.process;
}

bool AllocationServer::handle(Client& client, const AllocationMessage& message) {
    const uint32_t generation = *client.framing.generation();
    switch (message.type) {
        case AllocationMessageType::kQuery: {
            AllocationMessage response;
            response.type = AllocationMessageType::kResponse;
            response.device = message.device;
            response.status = table_.use_of(message.device);
            return answer(client, response);
        }
        case AllocationMessageType::kDeviceInfoQuery:
            return answer(client, device_info(message.device));
        case AllocationMessageType::kDumpRemaining:
        case AllocationMessageType::kDumpKernels:
            if (options_.server_log && message.type == AllocationMessageType::kDumpRemaining)
                say(table_.dump() + fmt::format("  Active allocations: {}\n", table_.keys()));
            return true;
        default:
            break;
    }
    const RegistrationEffect effect = table_.apply(process_of(client), generation, message, now());
    if (options_.server_log) say(allocation_server_log_line(generation, client.pid, message, effect));
    return true;
}

bool AllocationServer::answer(const Client& client, const AllocationMessage& answer) {
    const std::vector<std::byte> bytes = encode_allocation_message(*client.framing.generation(), answer);
    const ssize_t sent = ::send(client.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == static_cast<ssize_t>(bytes.size());
}

// The one answer that may be long: it is read at once by a command of ttmem, or given up.
void AllocationServer::answer_question(const Client& client) {
    AllocationServerState state = table_.state(now());
    state.server_pid = static_cast<uint32_t>(::getpid());
    state.socket = options_.socket;
    const std::string text = allocation_server_document(state);
    for (size_t at = 0; at < text.size();) {
        const ssize_t sent = ::send(client.fd.get(), text.data() + at, text.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            at += static_cast<size_t>(sent);
            continue;
        }
        pollfd room{client.fd.get(), POLLOUT, 0};
        if (errno != EAGAIN || ::poll(&room, 1, 1000) <= 0) return;
    }
}

void AllocationServer::leave(Client& client) {
    if (!client.process) return;
    const auto process = processes_.find(client.pid);
    if (client.pid == 0 || process == processes_.end()) {
        if (client.pid == 0) table_.end_process(*client.process, now());
        return;
    }
    // Without a pidfd its end is not seen: then leaving is the end.
    if (--process->second.clients == 0 && !process->second.pidfd) end_process(client.pid);
}

void AllocationServer::end_process(uint32_t pid) {
    const auto process = processes_.find(pid);
    if (process == processes_.end()) return;
    table_.end_process(process->second.number, now());
    processes_.erase(process);
    // A child may have inherited its connection: the kernel vouches for nobody on it any more.
    std::erase_if(clients_, [pid](const auto& entry) { return entry.second.process && entry.second.pid == pid; });
    if (!options_.server_log) say(fmt::format("process {} has ended\n", pid));
}

// Device -1 asks for their number. What the driver does not say is 0, as the allocation server has it.
AllocationMessage AllocationServer::device_info(int32_t device) const {
    AllocationMessage info;
    info.type = AllocationMessageType::kDeviceInfoResponse;
    info.device = device;
    const std::vector<KernelChip> chips = read_kernel_chips();
    info.status = table_.use_of(device);
    info.status.devices = static_cast<uint32_t>(chips.size());
    info.status.available = device == -1 && !chips.empty();
    for (const KernelChip& chip : chips) {
        if (static_cast<int64_t>(chip.number) != device) continue;
        info.status.available = true;
        const bool wormhole = chip.arch == "wormhole", blackhole = chip.arch == "blackhole";
        info.status.arch = wormhole ? 2 : blackhole ? 3 : 0;
        if (!wormhole && !blackhole) continue;
        // What tt-metal's server says of a chip is what it has at most, too.
        const HardwareBounds& hardware = wormhole ? kWormhole : kBlackhole;
        info.status.dram_channels = static_cast<uint32_t>(hardware.most_dram_banks);
        info.status.dram_channel_bytes = static_cast<uint32_t>(hardware.whole_dram_bank());
        info.status.l1_core_bytes = static_cast<uint32_t>(hardware.l1_bytes);
        info.status.total_dram = uint64_t{info.status.dram_channels} * info.status.dram_channel_bytes;
    }
    return info;
}

}  // namespace ttmem

#include "sim/allocation_client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>

#include "sim/error.h"

namespace ttmem::sim {
namespace {

enum MessageType : uint8_t { kAlloc = 1, kFree = 2, kDumpRemaining = 5 };
constexpr uint8_t kL1 = 1;

struct Message {
    uint8_t type, pad0[3];
    int32_t device;
    uint64_t bytes;
    uint8_t buffer_type, pad1[3];
    int32_t pid;
    uint64_t buffer, timestamp;
    uint64_t in_use[4], totals[2];
    uint32_t info[6];
};
static_assert(sizeof(Message) == 112);

uint64_t now() {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
}

}  // namespace

std::string allocation_server_socket() {
    const char* chosen = std::getenv("TTMEM_ALLOCATION_SERVER_SOCKET");
    return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp/tt_allocation_server.sock";
}

AllocationClient::AllocationClient(const std::string& socket, const Machine& machine) {
    for (const ChipSpec& chip : machine.chips) devices_[chip.unique_id] = chip.logical_id;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof address.sun_path) throw Refused(socket + ": too long for the path of a socket");
    std::memcpy(address.sun_path, socket.c_str(), socket.size());
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const std::string why = std::strerror(errno);
        ::close(fd_);
        throw Refused(socket + ": no allocation server to report to (" + why + "); start one: ttmem allocation-server");
    }
}

AllocationClient::~AllocationClient() { ::close(fd_); }

// As in tt-metal: blocking, and without a word when the server is gone.
void AllocationClient::send(uint8_t type, uint32_t device, uint64_t bytes, uint8_t buffer_type, uint64_t buffer) {
    Message message{};
    message.type = type;
    message.device = static_cast<int32_t>(device);
    message.bytes = bytes;
    message.buffer_type = buffer_type;
    message.pid = static_cast<int32_t>(::getpid());
    message.buffer = buffer;
    message.timestamp = now();
    [[maybe_unused]] const ssize_t sent = ::send(fd_, &message, sizeof message, MSG_NOSIGNAL);
}

void AllocationClient::allocated(const LiveAllocation& allocation) {
    Registered& registered = live_[allocation.unique_id];
    registered.address = allocation.address;
    registered.bytes = allocation.requested_bytes;
    registered.buffer_type = static_cast<uint8_t>(allocation.pool);
    std::vector<uint32_t> chips;
    for (const uint64_t chip : allocation.chips) chips.push_back(device_of(chip));
    if (allocation.kind == "program") {
        registered.devices.push_back(allocation.place.number);
        registered.devices.insert(registered.devices.end(), chips.begin(), chips.end());
        registered.devices.insert(registered.devices.end(), chips.begin(), chips.end());
        registered.devices.push_back(allocation.place.number);
        registered.has_backing = true;
    } else {
        registered.devices = chips;
    }
    for (const uint32_t device : registered.devices)
        send(kAlloc, device, registered.bytes, registered.buffer_type, registered.address);
}

void AllocationClient::freed(uint64_t unique_id) {
    const auto found = live_.find(unique_id);
    if (found == live_.end()) return;
    const Registered& registered = found->second;
    for (const uint32_t device : registered.devices)
        send(kFree, device, registered.bytes, registered.buffer_type, registered.address);
    live_.erase(found);
}

void AllocationClient::planned(uint32_t device, const std::vector<CircularBuffer>& buffers) {
    for (const CircularBuffer& buffer : buffers) {
        if (!buffer.config.globally_allocated) send(kAlloc, device, buffer.config.bytes, kL1, buffer.address);
    }
}

void AllocationClient::free_backings() {
    for (auto& [_, registered] : live_) {
        if (!registered.has_backing) continue;
        registered.has_backing = false;
        send(kFree, registered.devices.front(), registered.bytes, registered.buffer_type, registered.address);
        registered.devices.erase(registered.devices.begin());
    }
}

void AllocationClient::dump() { send(kDumpRemaining, 0, 0, 0, 0); }

}  // namespace ttmem::sim

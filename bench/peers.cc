// Three other ways of knowing what is allocated, written from their descriptions to be timed beside ttmem. None of
// their code is used. Where a description leaves room, the cheaper reading was taken.
//
// socket     one blocking 128-byte message per event over a unix stream socket; a server process keeps a table by
//            (device, address) and prints a line per event at once, with std::cout and std::endl; here into a file in
//            memory, so that no terminal and no disk is measured
// counters   one region of shared memory per device: totals by atomic adds, a table of 64 processes of which 60 are
//            taken, scanned for the own pid at each event; as called by its runtime under a mutex with a getpid(), and
//            with two readings of the wall clock
// map        std::unordered_map by (device, address) under a mutex, inside the process: knows the most, tells nobody
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>
#include <unordered_map>

#include "bench/measure.h"
#include "bench/record.h"

namespace ttmem::bench {
namespace {

struct Block {
    uint64_t device, address, bytes;
};

// Spread as runtime.h's addresses are.
Block block_at(uint64_t i) { return {i & 7, (i * 0x9E3779B1 & 0xfffff) << 11, 24'576 + (i & 63)}; }

struct BlockKey {
    uint64_t device, address;
    bool operator==(const BlockKey&) const = default;
};
struct BlockHash {
    size_t operator()(const BlockKey& key) const { return std::hash<uint64_t>{}(key.address ^ key.device << 48); }
};

// ---- a message per event

struct Message {  // 128 bytes
    uint32_t type, device, pid, pool;
    uint64_t address, bytes, time;
    char name[88];
};
static_assert(sizeof(Message) == 128);

bool receive(int socket, Message& message) {
    return ::recv(socket, &message, sizeof message, MSG_WAITALL) == static_cast<ssize_t>(sizeof message);
}

[[noreturn]] void serve(int socket) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(1);
    const int log = ::memfd_create("log", 0);
    if (log < 0 || ::dup2(log, STDOUT_FILENO) < 0) std::abort();
    std::unordered_map<BlockKey, uint64_t, BlockHash> table;
    Message message;
    while (receive(socket, message)) {
        const BlockKey key{message.device, message.address};
        if (message.type == 1) table[key] = message.bytes;
        if (message.type == 2) table.erase(key);
        if (message.type == 3) {  // all before it has been handled
            if (::ftruncate(log, 0) != 0 || ::lseek(log, 0, SEEK_SET) != 0) break;
            if (::write(socket, &message, 1) != 1) break;
            continue;
        }
        std::cout << "[PID " << message.pid << "] " << (message.type == 1 ? "Allocated " : "Freed ") << message.bytes
                  << " bytes on device " << message.device << " (buffer_id=0x" << std::hex << message.address
                  << std::dec << ")" << std::endl;
    }
    _exit(0);
}

class SocketPeer {
public:
    SocketPeer() {
        int pair[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
        server_ = ::fork();
        if (server_ == 0) {
            ::close(pair[0]);
            serve(pair[1]);
        }
        ::close(pair[1]);
        socket_ = pair[0];
        pid_ = static_cast<uint32_t>(::getpid());
    }
    ~SocketPeer() {
        ::close(socket_);
        ::waitpid(server_, nullptr, 0);
    }
    SocketPeer(const SocketPeer&) = delete;
    SocketPeer& operator=(const SocketPeer&) = delete;

    void allocated(const Block& block) { send(1, block); }
    void freed(const Block& block) { send(2, block); }
    void wait_until_handled() {
        send(3, {});
        char byte;
        if (::read(socket_, &byte, 1) != 1) std::abort();
    }

private:
    void send(uint32_t type, const Block& block) {
        Message message{};
        message.type = type;
        message.device = static_cast<uint32_t>(block.device);
        message.pid = pid_;
        message.address = block.address;
        message.bytes = block.bytes;
        if (::send(socket_, &message, sizeof message, 0) != static_cast<ssize_t>(sizeof message)) std::abort();
    }

    int socket_;
    pid_t server_;
    uint32_t pid_;
};

void socket_peer(benchmark::State& state) {
    static SocketPeer peer;
    measure(
        state, 1, 10'000,
        [](int, uint64_t count) {
            for (uint64_t i = 0; i < count; ++i) {
                peer.allocated(block_at(i));
                peer.freed(block_at(i));
            }
            peer.wait_until_handled();
        },
        Timer::kWall);
}

// ---- shared counters

using Counter = std::atomic<uint64_t>;

class CountersPeer {
public:
    CountersPeer() {
        void* memory =
            ::mmap(nullptr, sizeof(Region) * kDevices, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        regions_ = static_cast<Region*>(memory);
        for (int device = 0; device < kDevices; ++device) {
            for (int slot = 0; slot < kTaken; ++slot) regions_[device].processes[slot].pid = 1'000'000 + slot;
            regions_[device].processes[kTaken].pid = ::getpid();
        }
    }

    void record(uint64_t device, uint64_t delta) {
        const std::lock_guard guard(mutex_);
        const int32_t pid = ::getpid();
        Region& region = regions_[device];
        region.updated = wall_clock();
        region.total += delta;
        for (ProcessEntry& process : region.processes) {
            if (process.pid.load(std::memory_order_relaxed) != pid) continue;
            process.bytes[0] += delta;
            process.updated = wall_clock();
            return;
        }
    }

    static constexpr int kDevices = 32;

private:
    static constexpr int kProcesses = 64, kTaken = 60;

    struct ProcessEntry {  // 120 bytes
        std::atomic<int32_t> pid;
        Counter bytes[5];
        Counter updated;
        char name[64];
    };
    struct alignas(64) Region {
        Counter total, updated;
        ProcessEntry processes[kProcesses];
    };
    static_assert(sizeof(ProcessEntry) == 120);

    static uint64_t wall_clock() {
        return static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    }

    Region* regions_;
    std::mutex mutex_;
};

// The allocations and frees of one chip, or of a mesh of `devices` chips, each of which is told separately.
void counters_peer(benchmark::State& state, int threads, uint64_t devices, uint64_t pairs) {
    static CountersPeer peer;
    measure(
        state, threads, pairs,
        [=](int, uint64_t count) {
            for (uint64_t i = 0; i < count; ++i) {
                const Block block = block_at(i);
                for (uint64_t device = 0; device < devices; ++device) peer.record(device, block.bytes);
                for (uint64_t device = 0; device < devices; ++device) peer.record(device, 0 - block.bytes);
            }
        },
        threads == 1 ? Timer::kProcessor : Timer::kWall);
}

// ---- a map in the process

class MapPeer {
public:
    void allocated(const Block& block) {
        const std::lock_guard guard(mutex_);
        blocks_.insert_or_assign(BlockKey{block.device, block.address}, block.bytes);
    }
    void freed(const Block& block) {
        const std::lock_guard guard(mutex_);
        blocks_.erase(BlockKey{block.device, block.address});
    }

private:
    std::mutex mutex_;
    std::unordered_map<BlockKey, uint64_t, BlockHash> blocks_;
};

void map_peer(benchmark::State& state, int threads) {
    static MapPeer peer;
    measure(
        state, threads, 200'000,
        [](int thread, uint64_t count) {
            constexpr uint64_t kLive = 1000;
            const uint64_t own = static_cast<uint64_t>(thread) << 19;
            for (uint64_t i = 0; i < kLive; ++i) peer.allocated(block_at(own + i));
            for (uint64_t i = kLive; i < count + kLive; ++i) {
                peer.freed(block_at(own + i - kLive));
                peer.allocated(block_at(own + i));
            }
            for (uint64_t i = count; i < count + kLive; ++i) peer.freed(block_at(own + i));
        },
        threads == 1 ? Timer::kProcessor : Timer::kWall);
}

}  // namespace

void add_peer_benchmarks() {
    add("peer/socket/pair_1t", socket_peer);
    add("peer/counters/pair_1t", [](benchmark::State& state) { counters_peer(state, 1, 1, 50'000); });
    add("peer/counters/pair_2t", [](benchmark::State& state) { counters_peer(state, 2, 1, 50'000); });
    add("peer/counters/mesh_32_chips", [](benchmark::State& state) { counters_peer(state, 1, 32, 2'000); });
    add("peer/map/fifo_1t", [](benchmark::State& state) { map_peer(state, 1); });
    add("peer/map/fifo_2t", [](benchmark::State& state) { map_peer(state, 2); });
}

}  // namespace ttmem::bench

// What programs tell tt-metal's allocation server: messages about buffers by device and address.
//
// The protocol knows no identity but the address. A runtime with such a client registers one piece of memory several
// times (the buffer that owns it, and each view of it), and frees few of these registrations. So a block here is a
// piece of memory, device, pool and address of one process, and says how often it was registered and freed; it counts
// once in bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/coverage.h"
#include "src/model/pool.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct RegisteringProcess {
    uint32_t pid = 0, uid = 0;           // as the kernel says, not the messages
    std::string comm;                    // untrusted, escape it
    std::optional<uint32_t> generation;  // of its messages, 0 to 3; absent before the first one
    WallTime connected_at = 0;
    std::optional<WallTime> ended_at;
    uint64_t messages = 0;
    uint64_t unknown_frees = 0;                // of what is not live
    uint64_t refused = 0;                      // messages that make no sense: no size, no such device or type
    uint64_t held_blocks = 0, held_bytes = 0;  // of an ended one: what it had not freed
};

struct RegisteredBlock {
    uint32_t process = 0;  // index into AllocationServerState::processes
    uint32_t device = 0;   // the runtime's number: chip 0 and mesh 0 are the same to it
    Pool pool = Pool::kDram;
    bool circular_buffer = false;  // reported as one; not a part of its pool
    uint64_t address = 0, bytes = 0;
    uint64_t registrations = 0, frees = 0;  // since this block began
    WallTime since = 0;
    std::optional<WallTime> until;  // its last registration was freed, or its address had another size then

    uint64_t live_registrations() const { return registrations - frees; }
};

// A device in the allocation server's own table: by address over all processes, a buffer for each registration.
struct RegistrationCount {
    uint32_t device = 0;
    uint64_t keys = 0, buffers = 0;            // circular buffers only where they were told as L1 buffers
    std::array<uint64_t, kPoolCount> bytes{};  // by Pool; of all registrations

    friend bool operator==(const RegistrationCount&, const RegistrationCount&) = default;
};

struct AllocationServerState {
    WallTime generated_at = 0;
    uint32_t server_pid = 0;
    std::string socket;
    std::vector<RegisteringProcess> processes;  // by arrival
    std::vector<RegisteredBlock> blocks;        // of live processes, by device and address; ended ones behind them
    std::vector<RegistrationCount> counts;      // by device
    Coverage coverage;
};

}  // namespace ttmem

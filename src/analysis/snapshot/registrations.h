// What an allocation server was told, as figures: per process and device, and of one address.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "src/model/allocation_server.h"

namespace ttmem {

// The live blocks of one process on one device.
struct RegisteredUse {
    uint32_t process = 0;  // index into AllocationServerState::processes
    uint32_t device = 0;
    uint64_t blocks = 0;                       // circular buffers included
    std::array<uint64_t, kPoolCount> bytes{};  // by Pool, each block once, without circular buffers
    uint64_t cb_bytes = 0;
    uint64_t registrations = 0;

    uint64_t of(Pool pool) const { return bytes[static_cast<size_t>(pool)]; }
};

// By process, then device.
std::vector<RegisteredUse> registered_use(const AllocationServerState& state);

// One piece of memory of a process as it was registered: the same address, size and pool on some devices.
struct Registrant {
    uint32_t process = 0;
    Pool pool = Pool::kDram;
    bool circular_buffer = false;
    uint64_t address = 0, bytes = 0;
    struct OnDevice {
        uint32_t device;
        uint64_t registrations, frees;
        bool live;
    };
    std::vector<OnDevice> devices;  // by number
    WallTime since = 0;             // the first of them

    uint64_t registrations() const;
    uint64_t frees() const;
    bool is_live() const;
};

// Whose an address is that was registered, live ones first: the protocol knows no pages, so only the first byte counts.
// Blocks of one device that came one after the other are registrants of their own.
std::vector<Registrant> registrants_at(const AllocationServerState& state, uint64_t address);

}  // namespace ttmem

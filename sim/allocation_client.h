// Talks to an allocation server as tt-metal's AllocationClient did, mistakes included (`--allocation-client`).
//
// Its messages have 112 bytes (their second generation) and know a buffer by its device and address alone. What the
// fork told, worked out from its sources and its own logs:
//   - a tensor: one registration on each of its chips
//   - a program's binary on a mesh: its backing buffer, under the mesh's number; the owning buffer and a view of it on
//     each chip; and the program's own buffer, under the mesh's number again. A mesh's number 0 looks like chip 0. On 8
//     chips that is 18 registrations, 4 of them on device 0
//   - circular buffers: as L1 buffers, under the mesh's number only; their end is never told
// The backing buffer's end is told while the program lives, that of the others when it is destroyed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/circular_buffer.h"
#include "sim/machine.h"
#include "sim/truth.h"

namespace ttmem::sim {

class AllocationClient {
public:
    // Throws Refused when nobody listens at `socket`.
    AllocationClient(const std::string& socket, const Machine& machine);
    ~AllocationClient();
    AllocationClient(const AllocationClient&) = delete;

    void allocated(const LiveAllocation& allocation);
    void freed(uint64_t unique_id);
    // At a place whose number is `device`.
    void planned(uint32_t device, const std::vector<CircularBuffer>& buffers);

    // The end of all binaries' backing buffers.
    void free_backings();
    // Asks the server to print what is left.
    void dump();

private:
    struct Registered {
        uint64_t address = 0, bytes = 0;
        uint8_t buffer_type = 0;
        std::vector<uint32_t> devices;  // one for each registration that is left
        bool has_backing = false;       // it is the first of them
    };

    void send(uint8_t type, uint32_t device, uint64_t bytes, uint8_t buffer_type, uint64_t buffer);
    uint32_t device_of(uint64_t chip_id) const { return devices_.at(chip_id); }

    int fd_ = -1;
    std::map<uint64_t, uint32_t> devices_;  // numbers of chips by id
    std::map<uint64_t, Registered> live_;   // by unique id
};

// $TTMEM_ALLOCATION_SERVER_SOCKET, else the path that tt-metal's clients have built in.
std::string allocation_server_socket();

}  // namespace ttmem::sim

// What the tests of registrations with an allocation server show, as text and as JSON.
#pragma once

#include "src/analysis/snapshot/registrations.h"

namespace ttmem {

constexpr uint64_t kAddress = 1'073'737'728;

inline RegisteredBlock block(uint32_t device, uint64_t registrations, uint64_t frees = 0) {
    RegisteredBlock b;
    b.device = device;
    b.address = kAddress;
    b.bytes = 24'576;
    b.registrations = registrations;
    b.frees = frees;
    return b;
}

// One process with the matmul's binary on 8 chips.
inline AllocationServerState binary(uint64_t frees_on_first = 0) {
    AllocationServerState state;
    state.server_pid = 812;
    state.socket = "/tmp/tt_allocation_server.sock";
    state.processes.push_back({});
    state.processes[0].pid = 4711;
    state.processes[0].comm = "python3";
    for (uint32_t device = 0; device < 8; ++device)
        state.blocks.push_back(block(device, device == 0 ? 4 : 2, device == 0 ? frees_on_first : 0));
    for (uint32_t device = 0; device < 8; ++device) {
        const uint64_t buffers = state.blocks[device].live_registrations();
        state.counts.push_back({device, 1, buffers, {buffers * 24'576}});
    }
    return state;
}

}  // namespace ttmem

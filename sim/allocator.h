// The allocator of one device (a chip, or a mesh of chips in lockstep): a bank manager for each buffer type.
//
//   DRAM bank   | reserved | DRAM ->                <- programs | TRACE |
//   L1 of core  | reserved | (circular buffers)           <- L1 | L1_SMALL |
//
// Buffers start from opposite ends: DRAM from the bottom, L1 from the top; kernel binaries from the top of DRAM.
#pragma once

#include <cstdint>

#include "sim/bank_manager.h"
#include "sim/machine.h"

namespace ttmem::sim {

// What a program chooses when it opens a device.
struct DeviceParams {
    uint64_t l1_small_size = 0;      // bytes of each core
    uint64_t trace_region_size = 0;  // bytes of the chip, divided over its DRAM banks
};

// One pool of a chip in a session: the part of each bank that may be allocated.
struct PoolShape {
    uint32_t banks = 0;
    uint64_t base = 0;
    uint64_t bytes_per_bank = 0;
    uint32_t alignment = 1;
};

// Where the pools of such a chip lie. Throws Refused when the parameters do not leave room.
PoolShape pool_shape(const ChipSpec& chip, const DeviceParams& params, BufferType type);

class Allocator {
public:
    Allocator(const ChipSpec& chip, const DeviceParams& params);

    // Requires: not kSystemMemory.
    BankManager& manager(BufferType type);
    const BankManager& manager(BufferType type) const;

    // What the close of a device does: all memory is free again, and nobody is told.
    void deallocate_buffers();

private:
    BankManager dram_, l1_, l1_small_, trace_;
};

}  // namespace ttmem::sim

// Circular buffers of a program: how much of which cores, and where the runtime puts them.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "sim/machine.h"

namespace ttmem::sim {

// Both corners included.
struct CoreRange {
    uint8_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    friend bool operator==(const CoreRange&, const CoreRange&) = default;
};

CoreRange whole_grid(const ChipSpec& chip);

struct CircularBufferConfig {
    uint8_t index = 0;
    uint64_t bytes = 0;  // per core
    std::vector<CoreRange> cores;
    bool globally_allocated = false;  // lies in the memory of a tensor
    friend bool operator==(const CircularBufferConfig&, const CircularBufferConfig&) = default;
};

struct CircularBuffer {
    CircularBufferConfig config;
    uint64_t address = 0;  // 0 when globally allocated
    uint64_t end() const { return address + config.bytes; }
    friend bool operator==(const CircularBuffer&, const CircularBuffer&) = default;
};

// From the L1 base up, as tt-metal's CircularBufferAllocator does it: one after the other, each at the lowest address
// that is free on all of its cores (tt_metal/impl/program/program.cpp, allocate_circular_buffers).
std::vector<CircularBuffer> place_circular_buffers(const ChipSpec& chip,
                                                   const std::vector<CircularBufferConfig>& configs);

// They do not fit: over the end of L1, or into what is allocated there.
struct CbFailure : std::runtime_error {
    CbFailure(bool clash, uint64_t end, uint64_t limit);
    bool clash;
    uint64_t end;    // of the highest one
    uint64_t limit;  // size of L1, or the lowest address in use
};

// Where the highest one ends; 0 without any.
uint64_t highest_end(const std::vector<CircularBuffer>& buffers);

}  // namespace ttmem::sim

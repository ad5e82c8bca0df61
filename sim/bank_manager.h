// One buffer type's memory of one device: banks in lockstep, so that one free list of addresses serves all of them.
//
// An allocation takes the same range of addresses in every bank. First fit: bottom-up takes the lowest free range that
// is large enough, top-down the highest, at its end. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "sim/buffer_type.h"

namespace ttmem::sim {

// Bytes of one bank.
struct BankStatistics {
    uint64_t total = 0;
    uint64_t allocated = 0;
    uint64_t free = 0;
    uint64_t largest_free = 0;
};

// What tt-metal throws when an allocation does not fit; what() is tt-metal's message.
struct OutOfMemory : std::runtime_error {
    OutOfMemory(BufferType type, uint64_t requested, uint64_t bytes_per_bank, uint32_t banks,
                BankStatistics statistics);

    BufferType type;
    uint64_t requested;
    uint64_t bytes_per_bank;
    uint32_t banks;
    BankStatistics statistics;
};

class BankManager {
public:
    // Addresses base to base + bytes_per_bank of each bank. banks or bytes_per_bank may be 0: nothing fits then.
    // alignment: a power of two; every address and size is a multiple of it.
    BankManager(BufferType type, uint32_t banks, uint64_t base, uint64_t bytes_per_bank, uint32_t alignment);

    // The address. `requested` is named in the message of OutOfMemory. Requires: bytes_per_bank is not 0.
    uint64_t allocate(uint64_t requested, uint64_t bytes_per_bank, bool bottom_up);

    // Requires: address came from allocate() and was not given back since.
    void deallocate(uint64_t address);

    // Gives everything back at once, as the close of a device does.
    void clear();

    uint32_t banks() const { return banks_; }
    uint64_t bytes_per_bank() const { return bytes_per_bank_; }
    uint32_t alignment() const { return alignment_; }
    uint64_t align(uint64_t bytes) const { return (bytes + alignment_ - 1) & ~uint64_t{alignment_ - 1}; }
    BankStatistics statistics() const;
    size_t free_blocks() const { return free_.size(); }
    size_t allocations() const { return allocated_.size(); }
    // The lowest address in use; nullopt when there is none.
    std::optional<uint64_t> lowest_address() const {
        return allocated_.empty() ? std::nullopt : std::optional(allocated_.begin()->first);
    }

private:
    using Blocks = std::map<uint64_t, uint64_t>;  // address to size

    void take(Blocks::iterator block, uint64_t address, uint64_t size);

    BufferType type_;
    uint32_t banks_;
    uint64_t base_, bytes_per_bank_;
    uint32_t alignment_;
    Blocks free_;  // never two that touch
    Blocks allocated_;
};

}  // namespace ttmem::sim

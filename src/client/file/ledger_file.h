// The file of one ledger, from its making to its name.
//
// It has no name until it is complete, and its write lock is held by the mapping alone: descriptors come and go,
// children fork, yet the lock lives exactly as long as this address space, and the kernel frees it however the process
// ends. The order of the steps is what makes that true.
#pragma once

#include <stdint.h>

#include "src/ledger/geometry.h"

namespace ttmem::client {

class LedgerFile {
public:
    // Unnamed, room allocated, locked, mapped between guard pages, kept out of children and core dumps; zeroed.
    // False when there is no room, no permission or no support, which errno tells: nothing is left behind then. Where
    // memory cannot be taken later (kernels before 5.14) all of it is taken now, and no more than one step of slots is
    // supported.
    bool create(int directory, const ledger::Geometry& geometry);

    // Takes the right to write from every descriptor to come and gives the file its name `<32 hex of id>.ledger`.
    bool publish(const uint8_t (&id)[16]);

    // Undoes create().
    void discard();

    // Whether what is not needed from the start was left unallocated, to be populated later.
    bool events_are_lazy() const { return events_are_lazy_; }
    void* memory() const { return memory_; }

private:
    bool open_unnamed();
    bool open_named();
    bool allocate_and_lock(const ledger::Geometry& geometry);
    bool map(const ledger::Geometry& geometry);

    int directory_ = -1;
    int fd_ = -1;
    bool events_are_lazy_ = false;
    char temporary_name_[40] = {};  // "" while it has none
    void* memory_ = nullptr;
    void* reserved_ = nullptr;
    uint64_t reserved_bytes_ = 0;
};

// Gives memory to a range of a ledger that has none yet. False when there is none to be had: it then has none.
bool populate(void* memory, uint64_t bytes);

// Takes the memory from a range of a ledger again: it reads as zeros.
void give_memory_back(void* memory, uint64_t bytes);

}  // namespace ttmem::client

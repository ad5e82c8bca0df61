// What a process leaves that found no room for a ledger: an empty file, which needs no memory of the file system, with
// everything in its name.
//
//   untracked.<pid>.<start ticks>.<run, 32 hex>.<reason>.<bytes needed>.<bytes free>
//
// reason: room (the file system has not that much free), limit (RLIMIT_FSIZE allows only that much, given as free), or
// error<errno>. All numbers are decimal; a run of zeros is none. `ttmem run`, `status` and `doctor` tell of it.
#pragma once

#include <stdint.h>

namespace ttmem::client {

enum class NoRoom : uint8_t { kRoom, kLimit, kError };

struct Refusal {
    NoRoom why;
    int error;  // of kError
    uint64_t needed, free;
};

// Leaves that file, and removes those that are older than a day.
void leave_untracked_process(int directory, uint64_t start_ticks, const uint8_t (&run)[16], const Refusal& refusal);

}  // namespace ttmem::client

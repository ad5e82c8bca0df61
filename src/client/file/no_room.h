// What a process leaves that has no ledger: an empty file, which needs no memory of the file system, with everything in
// its name.
//
//   untracked.<pid>.<start ticks>.<run, 32 hex>.<reason>.<bytes needed>.<bytes free>
//
// reason: room (the file system has not that much free), limit (RLIMIT_FSIZE allows only that much, given as free),
// error<errno>, or off (TTMEM_LEVEL, in a run). All numbers are decimal; a run of zeros is none. `ttmem run`, `status`
// and `doctor` tell of it.
//
// And what is left of a ledger that had to go while a `ttmem run` may not have read it:
//
//   untracked.<ledger, 32 hex>.<run, 32 hex>.removed
#pragma once

#include <stdint.h>

namespace ttmem::client {

enum class NoRoom : uint8_t { kRoom, kLimit, kError, kOff };

struct Refusal {
    NoRoom why;
    int error;  // of kError
    uint64_t needed, free;
};

// Leaves that file, and removes those that are older than a day.
void leave_untracked_process(int directory, uint64_t start_ticks, const uint8_t (&run)[16], const Refusal& refusal);

// `ledger`: its id in hex.
void leave_removed_ledger(int directory, const char* ledger, const uint8_t (&run)[16]);

}  // namespace ttmem::client

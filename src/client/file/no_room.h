// What a process leaves that has no ledger: an empty file, which needs no memory of the file system, with everything in
// its name.
//
//   untracked.<pid>.<start ticks>.<run, 32 hex>.<reason>.<bytes needed>.<bytes free>
//
// reason: room (the file system has not that much free), limit (RLIMIT_FSIZE allows only that much, given as free),
// error<errno>, or off (TTMEM_LEVEL, in a run). All numbers are decimal; a run of zeros is none. `ttmem run`, `status`
// and `doctor` tell of it.
//
// What is left of a ledger that gave way to others, so that whoever asks for its process learns that:
//
//   <ledger, 32 hex>.<pid>.<seconds since 1970 when it lived for certain; 0 unknown>.removed
//
// and, of one that a `ttmem run` may not have read:
//
//   untracked.<ledger, 32 hex>.<run, 32 hex>.removed
//
// Of a ledger that its `ttmem run` does not look for, left where it looks:
//
//   untracked.<ledger, 32 hex>.<run, 32 hex>.<pid>.elsewhere
#pragma once

#include <stdint.h>

namespace ttmem::client {

enum class NoRoom : uint8_t { kRoom, kLimit, kError, kOff };

struct Refusal {
    NoRoom why;
    int error;  // of kError
    uint64_t needed, free;
};

// Removes files of all these kinds that are older than a day.
void remove_old_words(int directory);

// Leaves that file, and removes old ones.
void leave_untracked_process(int directory, uint64_t start_ticks, const uint8_t (&run)[16], const Refusal& refusal);

// `ledger`: its id in hex. `lived_at`: nanoseconds.
void leave_removed_ledger(int directory, const char* ledger, uint32_t pid, uint64_t lived_at);
void leave_unread_ledger(int directory, const char* ledger, const uint8_t (&run)[16]);

// Unless `ledgers`, where this process has its ledger, is that directory.
void leave_ledger_elsewhere(int directory, int ledgers, const uint8_t (&ledger)[16], const uint8_t (&run)[16]);

}  // namespace ttmem::client

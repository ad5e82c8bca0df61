// Nobody else cleans up: at its start a process removes ledgers of its own user that nobody came for.
#pragma once

#include <stdint.h>

namespace ttmem::client {

// Bytes. total 0: without a limit.
struct FileSystem {
    uint64_t total = 0, free = 0;
};
FileSystem file_system_of(int directory);

// What a process that starts needs room for.
struct Need {
    uint64_t bytes;            // its ledger and the history of a thread
    const uint8_t (&run)[16];  // its run
};

// Removes dead ledgers beyond 64, beyond 128 MiB or a quarter of the file system in all, older than 7 days, or in the
// way of what is needed; the oldest first, but those that their `ttmem run` may not have read last, and beyond a
// sixteenth of the file system where that is more than 128 MiB: the ledgers of this process's run and runs around it,
// and of any whose file <32 hex of the run>.run in this directory is locked. One that died less than 10 minutes ago
// goes only if there are too many bytes or they are in the way. Each leaves word of that (no_room.h). Returns the
// number removed.
//
// When a process was killed is written nowhere. Its ledger counts as dead from the moment that a client first saw it
// so, who then sets the file's modification time, with kSeenDead nanoseconds as the sign.
uint64_t expire_dead_ledgers(int directory, const Need& need);

constexpr long kSeenDead = 1;

}  // namespace ttmem::client

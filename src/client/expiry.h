// Nobody else cleans up: at its start a process removes ledgers of its own user that nobody came for.
#pragma once

#include <stdint.h>

namespace ttmem::client {

// Removes dead ledgers beyond 64, beyond 128 MiB in all, or older than 7 days, oldest first; one that died less than 10
// minutes ago only if the 128 MiB are exceeded. Gives the number removed.
//
// When a process was killed is written nowhere. Its ledger counts as dead from the moment that a client first saw it
// so, who then sets the file's modification time, with kSeenDead nanoseconds as the sign.
uint64_t expire_dead_ledgers(int directory);

constexpr long kSeenDead = 1;

}  // namespace ttmem::client

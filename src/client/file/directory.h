// Where ledgers stand: one directory per user, on memory.
//
// $TTMEM_DIR, else /run/ttmem/<uid>, else /dev/shm/ttmem-<uid>, else (someone else took that name) a directory
// /dev/shm/ttmem-<uid>-<8 hex>: the first that is on tmpfs, is this user's, cannot be written by others, and can be by
// us.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace ttmem::client {

// The open directory, or -1. `wanted`: $TTMEM_DIR, or "". `is_elsewhere`: that was given and cannot be used, so that it
// is the next one, which others may share who did not ask for that.
int open_ledger_directory(const char* wanted, bool& is_elsewhere);

// The one in which this process's `ttmem run` looks (`wanted`: $TTMEM_RUN_DIR, or ""), open; -1 where that run is not
// there any more, or the directory may not hold ledgers of this process.
int open_run_directory(const char* wanted, const uint8_t (&run)[16]);

// Names without printf: this runs in the middle of anybody's program. Each ends with a 0 byte, which is returned.
char* append_text(char* end, const char* text);
char* append_number(char* end, uint64_t number);

// The names in an open directory, one after the other, without memory of the heap.
class Names {
public:
    explicit Names(int directory);
    // The next name, or nullptr at the end.
    const char* next();

private:
    int directory_;
    long length_ = 0;
    long offset_ = 0;
    alignas(8) char buffer_[4096];
};

}  // namespace ttmem::client

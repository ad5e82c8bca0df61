// Interned texts: a number for each, the same in the ledger of this process and in those of its forked children.
//
// The texts stand in private memory as they stand in the ledger, byte for byte; a child copies them into its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/tables/growing.h"
#include "src/ledger/geometry.h"

namespace ttmem::client {

class Texts {
public:
    // At most 255 bytes of `text` count. 0 for nullptr, for "" and when the table is full.
    // Requires: the book's lock is not held by this thread.
    ttmem_text intern(const char* text);

    // The text of a frame (ledger/table_layout.h). Requires: a file; and as above.
    ttmem_stack intern_frame(ttmem_stack caller, const char* file, uint32_t line, const char* function);

    // Whether this number was given out.
    bool is_known(ttmem_text text) const { return text * 8ull < used_.load(std::memory_order_acquire); }

    // Requires: the book's lock. The new ledger is still unknown to everybody.
    void write_to_ledger();

private:
    static constexpr uint64_t kBytes = ledger::Geometry().text_bytes;
    static constexpr uint64_t kBytesOfStacks = kBytes / 4 * 3;  // the rest is for names
    static constexpr uint32_t kBuckets = 8192;

    // 0 when it is new and finds no room within the first `room` bytes.
    ttmem_text find_or_add(const void* text, size_t length, uint64_t room);
    ttmem_text add(const void* text, size_t length, uint64_t room, std::atomic<uint32_t>& bucket);
    bool is(ttmem_text number, const void* text, size_t length) const;

    std::atomic<uint64_t> used_{0};  // bytes; raised last: a fork between leaves a text that is not there
    uint64_t words_[kBytes / 8] = {};
    std::atomic<uint32_t> buckets_[kBuckets] = {};  // the newest text of each; next_ has those before it
    ttmem_text next_[kBytes / 8] = {};
    Growing table_;
};

extern constinit Texts texts;

}  // namespace ttmem::client

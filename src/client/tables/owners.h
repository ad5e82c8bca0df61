// Owners: numbers for (op, tag, thread), so that a record says in 32 bits who it belongs to.
//
// Looked up when a scope or a tag changes, never when something is recorded. No lock: a number is claimed by one
// addition, its record is written, and only then can it be found.
#pragma once

#include <atomic>
#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/tables/growing.h"
#include "src/client/tables/private_table.h"

namespace ttmem::client {

class Owners {
public:
    // The number of this owner. When the table is nearly full, of the same one without the thread; when it is full, 0.
    uint32_t find_or_add(ttmem_text op, ttmem_text tag, uint32_t thread);

    // Memory for a new ledger's. False when there is none.
    bool prepare() { return buckets_.reset(kBuckets); }
    // A new ledger, prepared for. Nobody else is there yet.
    void reset();

private:
    uint32_t add(uint64_t op_and_tag, uint32_t thread);

    bool has_memory(uint64_t number);

    static constexpr uint32_t kRecords = ledger::Geometry().owners;
    static constexpr uint32_t kBuckets = 2 * kRecords;

    std::atomic<uint64_t> used_{0};
    std::atomic<uint64_t> ready_{0};  // records that have memory
    Growing table_;
    PrivateTable<std::atomic<uint32_t>> buckets_;
};

extern constinit Owners owners;

}  // namespace ttmem::client

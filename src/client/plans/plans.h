// Circular-buffer plans, each once: the arena in the ledger, and how to find a plan and its pairs in it.
//
// Everything here requires the plans' lock. A plan stays for the life of the ledger; a pair until its session's record
// is used again.
#pragma once

#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/plans/session_marks.h"
#include "src/client/process/process.h"
#include "src/client/tables/private_table.h"
#include "src/ledger/plan_layout.h"

namespace ttmem::client {

class Plans {
public:
    // Memory for the first plan of a ledger. False when there is none to be had.
    bool prepare();

    // The pair of this plan in this session, new or known. 0 when the ledger has no room for it.
    // Requires: is_valid(buffers, count).
    uint32_t find_or_add(const ttmem_circular_buffer* buffers, uint32_t count, uint32_t session);
    // The pair of the same plan in another session.
    uint32_t find_or_add_again(uint32_t pair, uint32_t session);

    // Forgets the pairs of sessions that are marked with kForget; those that had some get kHadPairs.
    void forget(SessionMarks& marks);

    // Of a pair of this ledger.
    static uint32_t session_of(uint64_t pair) {
        return ledger::pair_session(process.map.pairs[pair].key.load(kRelaxed));
    }

    // Its number in the ledger; that of pair 0 is 0.
    static uint64_t plan_of(uint64_t pair) { return ledger::pair_plan(process.map.pairs[pair].key.load(kRelaxed)); }

    static bool is_valid(const ttmem_circular_buffer* buffers, uint32_t count);

private:
    struct Entry {
        uint32_t plan;        // 0: none here
        uint32_t first_pair;  // a chain through next_pair_
    };

    uint64_t write(const ttmem_circular_buffer* buffers, uint32_t count);
    Entry* find(const uint64_t* record, uint64_t words);
    Entry* find_or_append(uint64_t words);
    uint32_t pair_of(Entry& entry, uint32_t session);
    uint32_t take_pair();

    PrivateTable<Entry> entries_;  // open addressing, by the plan's check
    PrivateTable<uint32_t> next_pair_;
    uint64_t entry_mask_ = 0;
    uint32_t free_pair_ = 0;  // a chain, too
    uint64_t record_[ledger::kMaxPlanWords] = {};
};

extern constinit Plans plans;

}  // namespace ttmem::client

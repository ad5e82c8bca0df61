// Which program reserves which circular buffers at which place: the holdings of each program, as a chain from its slot.
#pragma once

#include <atomic>
#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/plans/session_marks.h"
#include "src/client/process/process.h"
#include "src/client/tables/private_table.h"
#include "src/ledger/plan_recorder.h"

namespace ttmem::client {

// All but pairs_now() and any() require the plans' lock.
class Holdings {
public:
    // Memory for the first holding of a ledger. False when there is none to be had.
    bool prepare();
    // A new ledger: there are none.
    void reset() { first_.clear(); }

    // The holding of a program at a place; 0 without.
    uint32_t find(uint64_t program, ttmem_place place) const;

    // HOT, no lock: the `pairs` of that holding; 0 without. kUnsure when another thread changes what there is here.
    static constexpr uint64_t kUnsure = UINT64_MAX;
    uint64_t pairs_now(uint64_t program, ttmem_place place) const {
        const std::atomic<uint32_t>* first = first_.data();
        if (first == nullptr) return 0;
        uint64_t holding = first[ledger::handle_slot(program)].load(std::memory_order_acquire);
        while (holding != 0) {
            const ledger::HoldingRecord& record = process.map.holdings[holding];
            const uint64_t where = record.where.load(std::memory_order_acquire);
            const uint64_t pairs = record.pairs.load(std::memory_order_acquire);
            holding = record.next.load(std::memory_order_acquire);
            // A record is given away before any word of it changes: all this was of this program, if it still is.
            const bool still_its = record.program.load(std::memory_order_acquire) == program;
            if (!still_its) return kUnsure;
            if (where >> 32 == place) return pairs;
        }
        return 0;
    }
    bool any(uint64_t slot) const {
        const std::atomic<uint32_t>* first = first_.data();
        return first != nullptr && first[slot].load(std::memory_order_acquire) != 0;
    }

    // One more of this program; its `next` is set here. False when the ledger has no room.
    bool add(ledger::NewHolding holding);

    // What waits is in force as soon as it is dispatched, whether or not that thread has settled it.
    static void settle_dispatched(ledger::HoldingRecord& record);
    // Whether the program of this slot is to dispatch that pair before it is in force.
    bool awaits(uint64_t slot, uint32_t pair) const;

    // The program of this slot has given back its circular buffers.
    void give_back(uint64_t slot);
    // The program of this slot is about to be destroyed: the closing of a place has given back what it held there.
    void give_back_closed(uint64_t slot);
    // It is gone. What it still holds stays as evidence.
    void leave_behind(uint64_t slot) { first_[slot].store(0, std::memory_order_release); }

    // Ends the holdings of sessions that are marked with kForget. Gives how many there were.
    struct Forgotten {
        uint64_t living, left_behind;
    };
    Forgotten forget(const SessionMarks& marks);
    // Marks sessions with kHasHolders and kHasLeftBehind.
    void mark_sessions(SessionMarks& marks) const;

private:
    static bool is_left_behind(const ledger::HoldingRecord& record);
    void unlink(uint32_t holding);
    void free(uint32_t holding);

    PrivateTable<std::atomic<uint32_t>> first_;  // by slot
    uint32_t free_ = 0;                          // a chain through `next`
};

extern constinit Holdings holdings;

}  // namespace ttmem::client

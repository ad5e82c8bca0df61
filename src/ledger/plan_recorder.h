// The stores of programs' circular buffers and traces, in their order. As in recorder.h any of them may be the last
// one, and `Store` does them all. Callers hold the lock of the plans, but for raise_newest().
#pragma once

#include "src/ledger/plan_layout.h"
#include "src/ledger/recorder.h"

namespace ttmem::ledger {

// A pair that was free, or never used.
template <class Store>
void write_pair(PairRecord& pair, uint64_t plan, uint64_t session) {
    Store::put(pair.newest, 0);
    Store::publish(pair.key, pack_pair_key(plan, session));
}

// The dispatch with this ticket is the newest of the pair, unless a newer one was faster. The committing store.
template <class Store>
[[gnu::always_inline]] inline void raise_newest(PairRecord& pair, uint64_t ticket, uint64_t slot) {
    const uint64_t mine = pack_newest(ticket, slot);
    uint64_t seen = detail::load(pair.newest);
    while (seen < mine) {
        if (Store::exchange(pair.newest, seen, mine)) return;
    }
}

struct NewHolding {
    uint64_t program, who, where, time, pair, next;
};

// A holding that was free. The fence keeps that in order for a thread which still walks it as another program's.
template <class Store>
void write_holding(HoldingRecord& record, const NewHolding& holding) {
    Store::fence();
    const uint64_t words[] = {holding.program, holding.who, holding.where, holding.time};
    Store::put(record.check, check_sum(words, 4));
    Store::put(record.who, holding.who);
    Store::put(record.where, holding.where);
    Store::put(record.time, holding.time);
    Store::put(record.pairs, pack_pairs(holding.pair, 0));
    Store::put(record.planned, 0);
    Store::put(record.next, holding.next);
    Store::publish(record.program, holding.program);
}

// From the program's next dispatch on. What waited before is replaced: never dispatched, it never was in force. Without
// it for a moment, so that `planned` is never that of another pair.
template <class Store>
void let_wait(HoldingRecord& record, uint64_t pair, uint64_t newest_ticket_now) {
    const uint64_t in_force = detail::load(record.pairs) >> 32;
    if (static_cast<uint32_t>(detail::load(record.pairs)) != 0) Store::publish(record.pairs, pack_pairs(in_force, 0));
    Store::put(record.planned, newest_ticket_now);
    Store::publish(record.pairs, pack_pairs(in_force, pair));
}

struct NewTrace {
    uint64_t trace, first_entry, entry_count, captured, session;
};

// A record that was free; its entries are written.
template <class Store>
void write_trace(TraceRecord& record, const NewTrace& trace) {
    const uint64_t entries = trace.first_entry << 32 | trace.entry_count;
    const uint64_t words[] = {trace.trace, entries, trace.captured, trace.session};
    Store::put(record.check, check_sum(words, 4));
    Store::put(record.entries, entries);
    Store::put(record.captured, trace.captured);
    Store::put(record.session, trace.session);
    Store::put(record.replay, 0);
    Store::publish(record.trace, trace.trace);
}

}  // namespace ttmem::ledger

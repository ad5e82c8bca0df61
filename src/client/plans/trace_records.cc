#include "src/client/plans/trace_records.h"

#include <string.h>

#include "src/client/plans/holdings.h"
#include "src/client/tables/slot.h"
#include "src/ledger/plan_recorder.h"

namespace ttmem::client {

constinit TraceRecords trace_records;

namespace {

using ledger::Op;
using ledger::RealStore;
using ledger::TraceRecord;
using ledger::Word;

uint32_t first_of(uint64_t entries) { return static_cast<uint32_t>(entries >> 32); }
uint32_t count_of(uint64_t entries) { return static_cast<uint32_t>(entries); }

// The program that had this slot when the trace was captured, if it still lives: its slot, else 0.
uint32_t living_slot(uint32_t number, uint64_t captured) {
    const ledger::Slot& slot = process.map.slots[number];
    const bool lives = ledger::control_is_live(slot.control.load(std::memory_order_acquire)) &&
                       kind_of(slot) == Op::kProgram && ledger::program_of(body_of(slot)).created_after < captured;
    return lives ? number : 0;
}

template <class Visit>
void for_each_trace(const Visit& visit) {
    const uint64_t used = live_header().traces_used.load(kRelaxed);
    for (uint64_t i = 0; i < used; ++i) {
        TraceRecord& record = process.map.traces[i];
        if (record.trace.load(kRelaxed) != 0) visit(record);
    }
}

// With the session of its pair. Entries that were forgotten are none.
template <class Visit>
void for_each_entry(const TraceRecord& record, const Visit& visit) {
    const uint64_t entries = record.entries.load(kRelaxed);
    for (uint32_t i = 0; i < count_of(entries); ++i) {
        Word& entry = process.map.trace_entries[first_of(entries) + i];
        const uint32_t pair = ledger::entry_pair(entry.load(kRelaxed));
        if (pair != 0) visit(entry, ledger::pair_session(process.map.pairs[pair].key.load(kRelaxed)));
    }
}

}  // namespace

uint64_t TraceRecords::forget(const SessionMarks& marks) {
    uint64_t forgotten = 0;
    for_each_trace([&](TraceRecord& record) {
        if ((marks[record.session.load(kRelaxed)] & kForget) != 0) {
            ++forgotten;
            record.trace.store(0, std::memory_order_release);
            return;
        }
        for_each_entry(record, [&](Word& entry, uint32_t session) {
            if ((marks[session] & kForget) != 0) entry.store(0, std::memory_order_release);
        });
    });
    return forgotten;
}

void TraceRecords::mark_sessions(SessionMarks& marks) const {
    for_each_trace([&](const TraceRecord& record) {
        marks[record.session.load(kRelaxed)] |= kHasHolders;
        for_each_entry(record, [&](Word&, uint32_t session) { marks[session] |= kHasHolders; });
    });
}

uint32_t TraceRecords::count_distinct(const Capture& capture) {
    memset(seen_, 0, sizeof seen_);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < capture.count; ++i) {
        const uint32_t pair = ledger::entry_pair(capture.entries[i]);
        uint64_t& word = seen_[pair / 64];
        distinct += (word >> pair % 64 & 1) == 0;
        word |= uint64_t{1} << pair % 64;
    }
    return distinct;
}

// The first gap between the entries of the traces that there are.
bool TraceRecords::find_room(uint32_t entry_count, uint32_t& first) const {
    const uint64_t used = live_header().traces_used.load(kRelaxed);
    first = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (uint64_t i = 0; i < used; ++i) {
            const TraceRecord& record = process.map.traces[i];
            const uint64_t entries = record.entries.load(kRelaxed);
            const uint32_t begin = first_of(entries), end = begin + count_of(entries);
            if (record.trace.load(kRelaxed) == 0 || end <= first || begin >= first + entry_count) continue;
            first = end;
            moved = true;
        }
    }
    return first + static_cast<uint64_t>(entry_count) <= process.map.geometry.trace_entries;
}

uint32_t TraceRecords::keep(const Capture& capture, uint64_t handle, uint64_t captured, uint32_t session) {
    Word& used = live_header().traces_used;
    uint32_t number = 0;
    while (number < used.load(kRelaxed) && process.map.traces[number].trace.load(kRelaxed) != 0) ++number;
    const uint32_t distinct = count_distinct(capture);
    uint32_t first;
    if (number >= process.map.geometry.traces || !find_room(distinct, first)) return kNoRecord;
    uint32_t end = first + distinct;
    for (uint32_t i = capture.count; i-- > 0;) {
        const uint32_t pair = ledger::entry_pair(capture.entries[i]);
        uint64_t& word = seen_[pair / 64];
        if ((word >> pair % 64 & 1) == 0) continue;
        word &= ~(uint64_t{1} << pair % 64);
        process.map.trace_entries[--end].store(capture.entries[i], kRelaxed);
    }
    ledger::write_trace<RealStore>(process.map.traces[number], {handle, first, distinct, captured, session});
    if (number >= used.load(kRelaxed)) used.store(number + 1, std::memory_order_release);
    return number;
}

void TraceRecords::settle(const TraceRecord& record) {
    const uint64_t replay = record.replay.load(kRelaxed), entries = record.entries.load(kRelaxed);
    if (replay == 0) return;
    const uint64_t captured = record.captured.load(kRelaxed);
    for (uint32_t i = 0; i < count_of(entries); ++i) {
        const uint64_t entry = process.map.trace_entries[first_of(entries) + i].load(kRelaxed);
        const uint32_t pair = ledger::entry_pair(entry);
        if (pair == 0) continue;
        // A replay puts no plan in force that waits for its program's own dispatch.
        const uint32_t slot = living_slot(ledger::entry_slot(entry), captured);
        ledger::raise_newest<RealStore>(process.map.pairs[pair], replay + i, holdings.awaits(slot, pair) ? 0 : slot);
    }
}

}  // namespace ttmem::client

#include "src/client/recording/traces.h"

#include <string.h>
#include <sys/mman.h>

#include "src/client/plans/holdings.h"
#include "src/client/process/slow_path.h"
#include "src/client/recording/handles.h"
#include "src/client/recording/programs.h"
#include "src/client/tables/texts.h"
#include "src/ledger/plan_recorder.h"

namespace ttmem::client {

constinit Traces traces;

namespace {

using ledger::Op;
using ledger::RealStore;
using ledger::TraceRecord;
using ledger::Word;
constexpr uint32_t kNoRecord = UINT32_MAX;
constexpr uint32_t kFirstRoom = 4096 / sizeof(uint64_t);

uint32_t first_of(uint64_t entries) { return static_cast<uint32_t>(entries >> 32); }
uint32_t count_of(uint64_t entries) { return static_cast<uint32_t>(entries); }

bool grow(Capture& capture) {
    const SlowPath slow;
    const uint32_t room = capture.room == 0 ? kFirstRoom : 2 * capture.room;
    void* memory = capture.room == 0
                       ? mmap(nullptr, room * 8ull, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                       : mremap(capture.entries, capture.room * 8ull, room * 8ull, MREMAP_MAYMOVE);
    if (memory == MAP_FAILED) return false;
    capture.entries = static_cast<uint64_t*>(memory);
    capture.room = room;
    return true;
}

// The record of a live trace; nullptr without, or when the record of its session is used again.
TraceRecord* record_of(const Thread& thread, uint64_t trace) {
    const ledger::Slot* slot = live_slot_of(thread, trace, Op::kTrace);
    if (slot == nullptr) return nullptr;
    TraceRecord& record = process.map.traces[slot->requested.load(kRelaxed) >> 20];
    return record.trace.load(std::memory_order_acquire) == trace ? &record : nullptr;
}

// The program that had this slot when the trace was captured, if it still lives: its slot, else 0.
uint32_t living_slot(uint32_t number, uint64_t captured) {
    const ledger::Slot& slot = process.map.slots[number];
    const bool lives = ledger::control_is_live(slot.control.load(std::memory_order_acquire)) &&
                       kind_of(slot) == Op::kProgram && slot.requested.load(kRelaxed) >> 20 < captured;
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

void end_capture(Thread& thread) {
    Capture& capture = thread.capture;
    if (capture.room != 0) munmap(capture.entries, capture.room * 8ull);
    capture = Capture();
}

bool Traces::captures(const Thread& thread, ttmem_place place) const {
    if (place == thread.capture.place) return true;
    LockGuard guard(process.page->book);
    const Place* description = places.find(place);
    return description != nullptr && description->parent == thread.capture.place;
}

ttmem_result Traces::add(Thread& thread, ttmem_handle program, ttmem_place place) {
    Capture& capture = thread.capture;
    bool changes;
    const uint32_t pair = pair_to_dispatch(thread, program, place, changes);
    if (changes) settle_plan(program, place, pair);  // a capture takes the program as it is now
    if (pair == 0) return TTMEM_OK;
    if (capture.count == capture.room && !grow(capture)) {
        capture.incomplete = true;
        return TTMEM_FULL;
    }
    capture.entries[capture.count++] = ledger::pack_entry(pair, ledger::handle_slot(program));
    return TTMEM_OK;
}

uint64_t Traces::forget(const SessionMarks& marks) {
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

void Traces::mark_sessions(SessionMarks& marks) const {
    for_each_trace([&](const TraceRecord& record) {
        marks[record.session.load(kRelaxed)] |= kHasHolders;
        for_each_entry(record, [&](Word&, uint32_t session) { marks[session] |= kHasHolders; });
    });
}

uint32_t Traces::count_distinct(const Capture& capture) {
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
bool Traces::find_room(uint32_t entry_count, uint32_t& first) const {
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

uint32_t Traces::keep(const Capture& capture, uint64_t handle, uint64_t captured, uint32_t session) {
    Word& used = live_header().traces_used;
    uint32_t number = 0;
    while (number < used.load(kRelaxed) && process.map.traces[number].trace.load(kRelaxed) != 0) ++number;
    const uint32_t distinct = count_distinct(capture);
    uint32_t first;
    if (number >= process.map.geometry.traces || !find_room(distinct, first)) return kNoRecord;
    uint32_t at = first + distinct;
    for (uint32_t i = capture.count; i-- > 0;) {
        const uint32_t pair = ledger::entry_pair(capture.entries[i]);
        uint64_t& word = seen_[pair / 64];
        if ((word >> pair % 64 & 1) == 0) continue;
        word &= ~(uint64_t{1} << pair % 64);
        process.map.trace_entries[--at].store(capture.entries[i], kRelaxed);
    }
    ledger::write_trace<RealStore>(process.map.traces[number], {handle, first, distinct, captured, session});
    if (number >= used.load(kRelaxed)) used.store(number + 1, std::memory_order_release);
    return number;
}

void Traces::settle(const TraceRecord& record) {
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

ttmem_result trace_begin(ttmem_place place) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    if (call.thread.capture.place != 0) return refuse();
    uint32_t session;
    const ttmem_result found = find_session(call.thread, place, session);
    if (found == TTMEM_OK) call.thread.capture.place = place;
    return found;
}

ttmem_handle trace_end(ttmem_text name, uint64_t number) {
    Call call;
    if (!call.ready()) return 0;
    Thread& thread = call.thread;
    Capture& capture = thread.capture;
    if (capture.place == 0 || number >> 48 != 0 || !texts.is_known(name)) return refuse(), 0;
    const SlowPath slow;
    const uint32_t session = places.session_of(capture.place);
    const uint32_t slot = session != 0 && !capture.incomplete ? take_slot(thread) : 0;
    if (slot == 0) {
        count(live_header().plans_refused);
        end_capture(thread);
        return 0;
    }
    const uint64_t control = process.map.slots[slot].control.load(kRelaxed);
    const uint64_t captured = live_header().tickets.fetch_add(1, kRelaxed) + 1;
    uint32_t record;
    {
        LockGuard guard(process.page->plans);
        // A trace without dispatches needs the regions as little as a program without circular buffers does.
        record =
            prepare_program_tables()
                ? traces.keep(capture, ledger::make_handle(ledger::next_generation(control), slot), captured, session)
                : kNoRecord;
    }
    end_capture(thread);
    if (record == kNoRecord) {
        count(live_header().plans_refused);
        keep_slot(thread, slot);
        return 0;
    }
    return publish_owner(
        thread, slot,
        {number << 16, ledger::pack_requested(record, 0), ledger::pack_taken(0, thread.recorder.iteration),
         ledger::pack_who(thread.recorder.owner, name), ledger::pack_order(0, session, kNoPool),
         ledger::pack_time(process.clock.now(thread.stamp), TTMEM_CLASS_TRACE, Op::kTrace)});
}

ttmem_result trace_replayed(ttmem_handle trace) {
    if (trace == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    TraceRecord* record = record_of(call.thread, trace);
    if (record == nullptr) return count(live_header().invalid), TTMEM_UNKNOWN;
    const uint64_t entries = record->entries.load(kRelaxed);
    if (count_of(entries) != 0) {
        const uint64_t first = live_header().tickets.fetch_add(count_of(entries), kRelaxed) + 1;
        ledger::detail::raise<RealStore>(record->replay, first);
    }
    if (wants_history()) {
        record_plain_event(call.thread, Op::kTraceReplay, trace, static_cast<uint32_t>(record->session.load(kRelaxed)),
                           kNoPool);
    }
    return TTMEM_OK;
}

ttmem_result trace_released(ttmem_handle trace) {
    if (trace == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    TraceRecord* record = record_of(call.thread, trace);
    if (record != nullptr) {
        LockGuard guard(process.page->plans);
        if (record->trace.load(kRelaxed) == trace) traces.settle(*record);  // GCOV_EXCL_BR_LINE: a race
    }
    const auto free_record = [&](uint32_t) {
        LockGuard guard(process.page->plans);
        if (record == nullptr) return;
        const bool still_its = record->trace.load(kRelaxed) == trace;
        if (still_its) record->trace.store(0, std::memory_order_release);  // GCOV_EXCL_BR_LINE: a race
    };
    return wants_history() ? end_handle<true>(call.thread, trace, Op::kTrace, Op::kTraceEnd, free_record)
                           : end_handle<false>(call.thread, trace, Op::kTrace, Op::kTraceEnd, free_record);
}

}  // namespace ttmem::client

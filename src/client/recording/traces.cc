#include "src/client/recording/traces.h"

#include "src/client/plans/program_tables.h"
#include "src/client/plans/trace_records.h"
#include "src/client/process/slow_path.h"
#include "src/client/recording/dispatch.h"
#include "src/client/recording/handles.h"
#include "src/client/tables/texts.h"
#include "src/ledger/plan_recorder.h"

namespace ttmem::client {
namespace {

using ledger::Op;
using ledger::RealStore;
using ledger::TraceRecord;

// The record of a live trace; nullptr without, or when the record of its session is used again.
TraceRecord* record_of(Thread& thread, uint64_t trace) {
    const ledger::Slot* slot = live_slot_of(thread, trace, Op::kTrace);
    if (slot == nullptr) return nullptr;
    TraceRecord& record = process.map.traces[ledger::trace_of(body_of(*slot)).record];
    return record.trace.load(std::memory_order_acquire) == trace ? &record : nullptr;
}

}  // namespace

bool captures(const Thread& thread, ttmem_place place) {
    if (place == thread.capture.place) return true;
    LockGuard guard(process.page->book);
    const Place* description = places.find(place);
    return description != nullptr && description->parent == thread.capture.place;
}

ttmem_result capture_dispatch(Thread& thread, ttmem_handle program, ttmem_place place) {
    bool changes;
    const uint32_t pair = pair_to_dispatch(thread, program, place, changes);
    if (changes) settle_plan(program, place, pair);  // a capture takes the program as it is now
    if (pair == 0) return TTMEM_OK;
    return thread.capture.add(ledger::pack_entry(pair, ledger::handle_slot(program))) ? TTMEM_OK : TTMEM_FULL;
}

ttmem_result trace_begin(ttmem_place place) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    if (call.thread.capture.place != 0) return refuse();
    uint32_t session;
    const ttmem_result found = find_session(call.thread, place, session);
    if (found != TTMEM_OK) return found;
    call.thread.capture.place = place;
    if (wants_history()) record_plain_event(call.thread, Op::kTraceBegin, 0, session, ledger::kNoPool);
    return TTMEM_OK;
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
        capture.clear();
        return 0;
    }
    const uint64_t control = process.map.slots[slot].control.load(kRelaxed);
    const uint64_t captured = live_header().tickets.fetch_add(1, kRelaxed) + 1;
    uint32_t record;
    {
        LockGuard guard(process.page->plans);
        // A trace without dispatches needs the regions as little as a program without circular buffers does.
        record = prepare_program_tables()
                     ? trace_records.keep(capture, ledger::make_handle(ledger::next_generation(control), slot),
                                          captured, session)
                     : TraceRecords::kNoRecord;
    }
    capture.clear();
    if (record == TraceRecords::kNoRecord) {
        count(live_header().plans_refused);
        keep_slot(thread, slot);
        return 0;
    }
    return publish_holder(thread, slot,
                          ledger::pack_trace({number, record, thread.recorder.iteration, thread.recorder.owner, name,
                                              session, process.clock.now(thread.stamp)}));
}

ttmem_result trace_replayed(ttmem_handle trace) {
    if (trace == 0) return TTMEM_OK;
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    TraceRecord* record = record_of(call.thread, trace);
    if (record == nullptr) return count(live_header().invalid), TTMEM_UNKNOWN;
    const auto dispatches = static_cast<uint32_t>(record->entries.load(kRelaxed));
    if (dispatches != 0) {
        const uint64_t first = live_header().tickets.fetch_add(dispatches, kRelaxed) + 1;
        ledger::detail::raise<RealStore>(record->replay, first);
    }
    if (wants_history()) {
        record_plain_event(call.thread, Op::kTraceReplay, trace, static_cast<uint32_t>(record->session.load(kRelaxed)),
                           ledger::kNoPool);
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
        if (record->trace.load(kRelaxed) == trace) trace_records.settle(*record);  // GCOV_EXCL_BR_LINE: a race
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

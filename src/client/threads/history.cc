#include "src/client/threads/history.h"

#include "src/client/file/ledger_file.h"
#include "src/client/process/slow_path.h"

namespace ttmem::client {

bool prepare_history(Thread& thread) {
    const SlowPath slow;
    if (has_ring(thread) && !thread.history_refused) {
        ledger::RingHeader& ring = *thread.recorder.ring;
        ledger::Event* events = process.map.ring_events(static_cast<uint64_t>(&ring - process.map.rings));
        const uint64_t count_of_events = process.map.geometry.events_per_ring;
        if (!process.events_are_lazy || populate(events, count_of_events * sizeof(ledger::Event))) {
            ring.capacity.store(count_of_events, kRelaxed);
            thread.recorder.events = events;
            return true;
        }
        thread.history_refused = true;
        count(live_header().history_refused);
    }
    count(live_header().ring_misses);
    return false;
}

void record_plain_event(Thread& thread, ledger::Op op, uint64_t subject, uint64_t session, uint64_t pool,
                        uint64_t where) {
    if (!wants_event(thread)) return;
    ledger::Body body{};
    body.where = where;
    body.who = ledger::pack_who(thread.recorder.owner, 0);
    body.taken = ledger::pack_taken(0, thread.recorder.iteration);
    body.order = ledger::pack_order(0, session, pool);
    body.time = ledger::pack_time(process.clock.now(thread.stamp), 0, op);
    ledger::record_event<ledger::RealStore>(thread.recorder, subject, body);
    if (wants_anchor(thread)) [[unlikely]]
        refresh_anchor();
}

}  // namespace ttmem::client

#include "src/client/threads/history.h"

namespace ttmem::client {

void record_plain_event(Thread& thread, ledger::Op op, uint64_t subject, uint64_t session, uint64_t pool) {
    if (!wants_event(thread)) return;
    ledger::Body body{};
    body.who = ledger::pack_who(thread.recorder.owner, 0);
    body.taken = ledger::pack_taken(0, thread.recorder.iteration);
    body.order = ledger::pack_order(0, session, pool);
    body.time = ledger::pack_time(process.clock.now(thread.stamp), 0, op);
    ledger::record_event<ledger::RealStore>(thread.recorder, subject, body);
    if (wants_anchor(thread)) [[unlikely]]
        refresh_anchor();
}

}  // namespace ttmem::client

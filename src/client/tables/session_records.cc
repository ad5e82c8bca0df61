#include "src/client/tables/session_records.h"

namespace ttmem::client {

constinit SessionRecords session_records;

uint32_t SessionRecords::take_unused() {
    const bool there = used_ < process.map.geometry.sessions;
    if (!there || !table_.reach((used_ + 1) * sizeof(ledger::SessionRecord))) return 0;
    live_header().sessions_used.store(used_ + 1, kRelease);
    return used_++;
}

void SessionRecords::reset() {
    used_ = 1;
    live_header().sessions_used.store(used_, kRelaxed);
    table_.reset(process.map.sessions, process.map.geometry.sessions * sizeof(ledger::SessionRecord));
    for (std::atomic<bool>& open : is_open_) open.store(false, kRelaxed);
}

}  // namespace ttmem::client

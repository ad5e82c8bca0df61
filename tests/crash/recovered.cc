#include "tests/crash/recovered.h"

#include "src/reader/reader.h"

namespace ttmem::crash {
namespace {

Recovered::Ring recover_ring(const ledger::ByteSource& source, const ledger::LedgerImage& image, uint32_t number,
                             Recovered& into) {
    const ledger::RingImage& ring = image.rings[number];
    into.redone += ring.was_in_flight && ring.committed;
    into.ignored += ring.was_in_flight && !ring.committed;
    ledger::History history = ledger::LedgerReader::history(source, image, number);
    Recovered::Ring out;
    out.lost = history.lost;
    for (const ledger::HistoryEvent& event : history.events) out.events.push_back({event.subject, event.body});
    return out;
}

}  // namespace

Result<Recovered> recover(std::span<const std::byte> image_bytes) {
    static ledger::LedgerReader reader;  // keep their memory from one crash point to the next
    static ledger::LedgerImage image;
    const ledger::MemorySource source(image_bytes.data(), image_bytes.size());
    const ledger::ReadOutcome outcome = reader.read(source, {.writer_is_dead = true}, image);
    if (!outcome.ok()) return Error{"the ledger is not readable", outcome.reason, {}};
    Recovered seen;
    seen.damaged = image.quality.torn_slots + image.quality.bad_slots + image.quality.bad_records;
    for (const ledger::LiveSlot& slot : image.live) {
        seen.live.push_back({slot.handle, slot.body,
                             slot.body.op() == ledger::Op::kProgram ? slot.cbs_are_freed() : slot.persistent(),
                             image.unique_id(slot.handle)});
    }
    for (uint32_t session = 1; session < image.sessions.size(); ++session) {
        for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
            const ledger::RowImage& row = image.sessions[session].rows[pool];
            seen.rows[{session, pool}] = {row.live.requested, row.live.reserved, row.peak_requested, row.peak_reserved};
        }
    }
    for (uint32_t ring = 0; ring < image.rings.size(); ++ring) {
        seen.rings.push_back(recover_ring(source, image, ring, seen));
    }
    return seen;
}

}  // namespace ttmem::crash

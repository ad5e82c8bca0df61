// The small tables of a ledger, from words to values: chips, sessions, owners, failures, clock, counters. What fails
// its check is left out and counted.
#pragma once

#include <cstdint>

#include "src/reader/image.h"
#include "src/reader/raw.h"
#include "src/reader/slots.h"

namespace ttmem::ledger {

// The words of a LiveHeader.
struct LiveWords {
    uint64_t words[sizeof(LiveHeader) / 8];
    uint64_t at(size_t offset) const { return words[offset / 8]; }
};

// Checks what says how much of each region is in use. `live` is untrusted and unchecked otherwise.
ReadOutcome read_live_header(const ByteSource& source, const Regions& regions, LiveWords& live);

// Two moments of the clocks. They are read again while they are being written.
ClockImage read_clock(const ByteSource& source, const StaticHeader& fixed, bool writer_is_dead);

// How many session records are to be looked at.
inline uint64_t sessions_in(const LiveWords& live, const Regions& regions) {
    const uint64_t used = live.at(offsetof(LiveHeader, sessions_used));
    return used != 0 ? used : regions.sessions.count;
}

CounterImage parse_counters(const LiveWords& live, uint32_t format_minor);
void parse_notes(const LiveWords& live, LedgerImage& image);

// A record that changes while it is copied is copied again, unless its writer is dead.
void parse_chips(const ByteSource& source, const Regions& regions, RawRecords& raw, bool writer_is_dead,
                 LedgerImage& image);
void parse_sessions(const ByteSource& source, const Regions& regions, RawRecords& raw, const SlotTable& slots,
                    bool writer_is_dead, LedgerImage& image);
void parse_owners(const RawRecords& raw, LedgerImage& image);
void parse_failures(const ByteSource& source, const Regions& regions, RawRecords& raw, bool writer_is_dead,
                    LedgerImage& image);

// The word that tells whether a session is open.
inline uint64_t session_control(const RawRecords& sessions, uint64_t number) {
    return TTMEM_WORD(sessions[number], SessionRecord, control);
}

}  // namespace ttmem::ledger

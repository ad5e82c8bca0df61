#include "src/client/sessions/past_peaks.h"

#include "src/client/tables/session_records.h"
#include "src/ledger/peaks.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {
namespace {

using ledger::SessionRecord;
using ledger::SessionState;
using ledger::Word;

// Scratch, too large for a stack of anybody's.
constexpr size_t kRecords = ledger::Geometry{}.sessions;
constinit uint16_t overlapping[kRecords] = {};
constinit ledger::SessionPeak peaks[kRecords] = {};

// Whether anything ever was in this row, in the ledger or not.
bool has_peak(const SessionRecord& record, uint32_t pool) {
    return record.rows[pool].peak_requested.load(kRelaxed) != 0 ||
           record.rows[pool].peak_reserved.load(kRelaxed) != 0 ||
           record.untracked_now[pool].most_requested.load(kRelaxed) != 0 ||
           record.untracked_now[pool].most_reserved.load(kRelaxed) != 0;
}

}  // namespace

// What was open at the same time counts with its peak until now, which is not less than its peak then. What found no
// room in the ledger may have come on top.
void fold_peaks(uint32_t session) {
    const SessionRecord& folded = process.map.sessions[session];
    const uint64_t opened = folded.opened.load(kRelaxed), closed = folded.closed.load(kRelaxed);
    size_t overlapping_count = 0;
    for (uint32_t i = 1; i < session_records.end(); ++i) {
        const SessionRecord& record = process.map.sessions[i];
        const bool before = state_of(record) == SessionState::kClosed && record.closed.load(kRelaxed) <= opened;
        if (!before && record.opened.load(kRelaxed) < closed)
            overlapping[overlapping_count++] = static_cast<uint16_t>(i);
    }
    for (uint64_t chips = folded.chips.load(kRelaxed); chips != 0; chips &= chips - 1) {
        const int chip = __builtin_ctzll(chips);
        for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
            if (!has_peak(folded, pool)) continue;
            const auto bound = [&](Word ledger::Row::*peak, Word ledger::RowUntracked::*untracked) {
                size_t count = 0;
                for (size_t i = 0; i < overlapping_count; ++i) {
                    const SessionRecord& record = process.map.sessions[overlapping[i]];
                    if ((record.chips.load(kRelaxed) >> chip & 1) == 0) continue;
                    const bool open = state_of(record) == SessionState::kOpen;
                    const uint64_t end = open ? ledger::kStillOpen : record.closed.load(kRelaxed);
                    const uint64_t more =
                        untracked != nullptr ? (record.untracked_now[pool].*untracked).load(kRelaxed) : 0;
                    peaks[count++] = {record.opened.load(kRelaxed), end,
                                      (record.rows[pool].*peak).load(kRelaxed) + more};
                }
                return ledger::bound_peaks(peaks, count);
            };
            const auto bounds = [&](Word ledger::Row::*peak, Word ledger::RowUntracked::*most_untracked) {
                return ledger::Bounds{bound(peak, nullptr).low, bound(peak, most_untracked).high};
            };
            const ledger::Bounds requested =
                bounds(&ledger::Row::peak_requested, &ledger::RowUntracked::most_requested);
            const ledger::Bounds reserved = bounds(&ledger::Row::peak_reserved, &ledger::RowUntracked::most_reserved);
            ledger::PastPeak& past = process.map.chips[chip].past_peaks[pool];
            ledger::detail::raise<ledger::RealStore>(past.requested_low, requested.low);
            ledger::detail::raise<ledger::RealStore>(past.requested_high, requested.high);
            ledger::detail::raise<ledger::RealStore>(past.reserved_low, reserved.low);
            ledger::detail::raise<ledger::RealStore>(past.reserved_high, reserved.high);
        }
    }
}

}  // namespace ttmem::client

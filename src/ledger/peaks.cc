#include "src/ledger/peaks.h"

#include <algorithm>

namespace ttmem::ledger {
namespace {

uint64_t add(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

bool open_at(const SessionPeak& session, uint64_t clock) { return session.opened <= clock && clock < session.closed; }

}  // namespace

// The sum changes at opens and closes only, and can only have grown at an open: those moments are enough. A session
// that was closed at its own open (equal clocks, or an absurd record) still was there alone: `low` counts it.
Bounds bound_peaks(const SessionPeak* sessions, size_t count) {
    Bounds bounds;
    for (size_t i = 0; i < count; ++i) {
        if (sessions[i].peak == 0) continue;
        bounds.low = std::max(bounds.low, sessions[i].peak);
        uint64_t sum = 0;
        for (size_t j = 0; j < count; ++j) {
            if (open_at(sessions[j], sessions[i].opened)) sum = add(sum, sessions[j].peak);
        }
        bounds.high = std::max(bounds.high, sum);
    }
    bounds.high = std::max(bounds.high, bounds.low);
    return bounds;
}

Bounds bound_many_peaks(SessionPeak* sessions, SessionPeak* scratch, size_t count) {
    // Those that were never open at any clock count for `low` alone, as above.
    Bounds bounds;
    SessionPeak* end = std::remove_if(sessions, sessions + count, [&](const SessionPeak& session) {
        bounds.low = std::max(bounds.low, session.peak);
        return session.peak == 0 || session.closed <= session.opened;
    });
    const size_t opens = static_cast<size_t>(end - sessions);
    std::copy(sessions, end, scratch);
    std::sort(sessions, end, [](const auto& a, const auto& b) { return a.opened < b.opened; });
    std::sort(scratch, scratch + opens, [](const auto& a, const auto& b) { return a.closed < b.closed; });

    unsigned __int128 sum = 0, greatest = 0;
    size_t closes = 0;
    for (size_t i = 0; i < opens; ++i) {
        for (; scratch[closes].closed <= sessions[i].opened; ++closes) sum -= scratch[closes].peak;
        sum += sessions[i].peak;
        greatest = std::max(greatest, sum);
    }
    const uint64_t high = greatest > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(greatest);
    bounds.high = std::max(bounds.low, high);
    return bounds;
}

}  // namespace ttmem::ledger

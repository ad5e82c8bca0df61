#include "src/collector/ledger_signs.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "src/ledger/layout.h"

namespace ttmem {

using ledger::Extent;
using ledger::Header;
using ledger::LiveHeader;

bool LedgerSigns::are_as_before(const ledger::ByteSource& source, const ledger::Regions& regions) {
    std::swap(now_, before_);
    const bool was_known = std::exchange(is_known_, read(source, regions));
    return was_known && is_known_ && now_ == before_;
}

bool LedgerSigns::read(const ledger::ByteSource& source, const ledger::Regions& regions) {
    constexpr size_t kHeaderWords = sizeof(LiveHeader) / 8;
    now_.resize(kHeaderWords);
    if (!source.read(offsetof(Header, live), now_.data(), sizeof(LiveHeader))) return false;
    const auto used = [&](size_t offset, const Extent& extent) { return std::min(now_[offset / 8], extent.count); };
    const uint64_t rings = used(offsetof(LiveHeader, rings_used), regions.rings);
    const uint64_t sessions = used(offsetof(LiveHeader, sessions_used), regions.sessions);
    if (rings == regions.rings.count || sessions == 0) return false;  // 0: an old ledger does not tell how many
    const std::pair<Extent, uint64_t> parts[] = {
        {regions.rings, rings},
        {regions.sessions, sessions},
        {regions.chips, regions.chips.count},
        {regions.pairs, used(offsetof(LiveHeader, pairs_used), regions.pairs)},
        {regions.holdings, used(offsetof(LiveHeader, holdings_used), regions.holdings)},
        {regions.traces, used(offsetof(LiveHeader, traces_used), regions.traces)}};
    for (const auto& [extent, count] : parts) {
        const size_t words = extent.stride / 8 * count, begin = now_.size();
        if (words == 0) continue;
        now_.resize(begin + words);
        if (!source.read(extent.offset, now_.data() + begin, words * 8)) return false;
    }
    return true;
}

}  // namespace ttmem

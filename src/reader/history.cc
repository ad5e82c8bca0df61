#include <algorithm>

#include "src/reader/reader.h"
#include "src/reader/rings.h"

namespace ttmem::ledger {

// Of a living process the writer goes on while its events are copied: those it may have begun to overwrite are lost,
// whatever they look like. Of a dead one the event that was being written may have destroyed the oldest.
History LedgerReader::history(const ByteSource& source, const LedgerImage& image, uint32_t ring, uint64_t from) {
    const RingImage& header = image.rings[ring];
    const uint64_t in_file = header.events - (header.rebuilt ? 1 : 0);
    History history;
    history.to = header.events;
    history.from = std::min(from, history.to);
    if (history.from < in_file) {
        EventReader reader(source, image.regions);
        uint64_t damaged = 0;
        const auto keep = [&](uint64_t position, const RawEvent& event) {
            history.events.push_back({position, event.subject, event.low(), event.body});
        };
        if (header.capacity == 0 || !reader.read(ring, header.capacity, history.from, in_file, damaged, keep)) {
            history.events.clear();
        }
        const uint64_t offset = image.regions.rings.offset + ring * image.regions.rings.stride;
        uint64_t position = in_file;
        source.read(offset + offsetof(RingHeader, position), &position, sizeof position);
        if (position > in_file && position - in_file >= header.capacity) history.events.clear();
        std::erase_if(history.events, [&](const HistoryEvent& event) {
            return position > in_file && event.position + header.capacity <= position;
        });
    }
    if (header.rebuilt && from < history.to) {
        const auto& rebuilt = header.rebuilt_event;
        history.events.push_back({in_file, rebuilt.subject, rebuilt.low, rebuilt.body});
    }
    history.lost = history.to - history.from - history.events.size();
    return history;
}

TickConverter::TickConverter(const ClockImage& clock) {
    constexpr double kLongest = 1e18;  // 31 years in ns: no machine runs so long, and no sum overflows
    if (!clock.plausible) return;
    const uint64_t ticks = clock.latest_ticks - clock.first_ticks;
    double ns_per_tick = 1;  // the coarse clock counts in nanoseconds
    if (clock.kind == ClockKind::kTsc) {
        const double wall = static_cast<double>(clock.latest_wall_ns - clock.first_wall_ns);
        if (ticks == 0 || wall <= 0) return;
        ns_per_tick = wall / static_cast<double>(ticks);
        if (ns_per_tick < 0.1 || ns_per_tick > 10) return;  // 10 GHz, 100 MHz
    }
    if (static_cast<double>(ticks) * ns_per_tick > kLongest) return;
    ns_per_unit_ = ns_per_tick * static_cast<double>(1ull << clock.shift);
    if (static_cast<double>(kMask) * ns_per_unit_ > kLongest) return;
    known_ = true;
    base_wall_ns_ = clock.first_wall_ns;
    const uint64_t latest = ticks >> clock.shift;
    if (latest > kMask) {
        const uint64_t slack = kMask >> 8;  // a dead process went on for a while after its latest anchor
        rounds_ = latest & ~kMask;
        rounds_until_ = std::min((latest & kMask) + slack, kMask);
    }
}

}  // namespace ttmem::ledger

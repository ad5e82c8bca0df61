#include "src/analysis/recording/timeline_by_event.h"

#include <algorithm>

namespace ttmem {

std::optional<Timeline> timeline_by_event(const Recording& recording, const Timeline& by_time) {
    const auto is_live = [](const Process& process) { return process.state == ProcessState::kLive; };
    if (!by_time.by_time || !by_time.gaps.empty() || std::ranges::any_of(recording.end.processes, is_live))
        return std::nullopt;
    Timeline timeline = timeline_of(recording, by_time.slot_count, DrawnTime::kEvents);
    if (timeline.failures.size() != by_time.failures.size()) return std::nullopt;
    return timeline;
}

bool is_crowded(const Timeline& by_time) {
    constexpr uint64_t kLeast = 30;  // of fewer a picture by time shows each
    if (!by_time.by_time || by_time.pools.empty() || by_time.events < kLeast) return false;
    const std::vector<TimelineSlot>& slots = by_time.pools.front().slots;
    const size_t tenth = (slots.size() + 9) / 10;
    for (size_t i = tenth; i < slots.size(); ++i) {
        if (slots[std::min(i + tenth, slots.size() - 1)].event - slots[i].event > by_time.events / 3) return true;
    }
    return false;
}

}  // namespace ttmem

#include "src/analysis/recording/timeline_axis.h"

#include <algorithm>
#include <set>

namespace ttmem {
namespace {

// What is done when a device is no longer used: by itself it is no use.
bool only_tidies(EventKind kind) {
    return kind == EventKind::kProgramDestroyed || kind == EventKind::kCircularBuffersFreed ||
           kind == EventKind::kCacheCleared || kind == EventKind::kTraceReleased || kind == EventKind::kProcessEnded;
}

// What DrawnTime::kUsed has, found while the axis of all events is made.
class UsedStretch {
public:
    explicit UsedStretch(const Recording& recording) : recording_(recording) {
        for (const Allocation& allocation : recording.live_before)
            open_.emplace(allocation.process.value, allocation.place.value);
    }

    void add(const Event& event) {
        const bool uses = event.kind == EventKind::kAllocated || event.kind == EventKind::kFailed;
        if (uses) first_ = std::min(first_, event.at);
        if (event.kind == EventKind::kAllocated) open_.emplace(event.process, event.place);
        if (!only_tidies(event.kind) || has_open(event.process)) last_ = std::max(last_, event.at);
        if (event.kind == EventKind::kPlaceClosed) close(event);
    }
    // What no event tells of.
    void add_others(const TimelineAxis& axis) {
        if (!recording_.live_before.empty()) first_ = axis.from;
        for (const HistoryGap& gap : recording_.gaps) {
            const WallTime to = gap.to == 0 ? axis.to : gap.to;
            if (!gap.sampled && to > axis.from) add(std::max(axis.from, gap.from), to);
        }
        for (const Process& process : recording_.end.processes) {
            if (process.state == ProcessState::kLive) last_ = axis.to;
            for (const Failure& failure : process.failures) {
                if (failure.at >= axis.from && failure.at <= axis.to) add(failure.at, failure.at);
            }
        }
    }
    void narrow(TimelineAxis& axis) const {
        if (first_ > last_) return;
        const WallTime margin = std::max<WallTime>(1000, (last_ - first_) / 50);
        axis.from = std::max(axis.from, first_ - margin), axis.to = std::min(axis.to, last_ + margin);
    }

private:
    void add(WallTime from, WallTime to) { first_ = std::min(first_, from), last_ = std::max(last_, to); }
    bool has_open(uint32_t process) const {
        const auto at = open_.lower_bound({process, 0});
        return at != open_.end() && at->first == process;
    }
    // With its parts.
    void close(const Event& event) {
        const std::vector<Place>& places = recording_.end.places;
        const uint32_t whole = event.place < places.size() ? places[event.place].registration : 0;
        std::erase_if(open_, [&](const auto& open) {
            if (open.first != event.process) return false;
            return open.second == event.place ||
                   (whole != 0 && open.second < places.size() && places[open.second].parent == whole);
        });
    }

    const Recording& recording_;
    std::set<std::pair<uint32_t, uint32_t>> open_;  // process and place: where something was allocated
    WallTime first_ = kEver, last_ = 0;
};

}  // namespace

size_t TimelineAxis::slot_at(WallTime at) const {
    if (to <= from || at <= from) return 0;
    const auto share = static_cast<long double>(at - from) / static_cast<long double>(to - from);
    return std::min(slots - 1, static_cast<size_t>(share * static_cast<long double>(slots)));
}

size_t TimelineAxis::slot(const Replay& replay) const {
    if (by_time) return slot_at(replay.now());
    if (events == 0 || replay.event() == 0) return 0;
    return std::min<size_t>(slots - 1, (replay.event() - 1) * slots / events);
}

TimelineAxis axis_of(const Recording& recording, size_t slots, DrawnTime stretch) {
    TimelineAxis axis;
    axis.slots = std::max<size_t>(slots, 1);
    axis.from = recording.began_at, axis.to = recording.ended_at;
    bool all_told = recording.source != nullptr;
    UsedStretch used(recording);
    if (recording.source) recording.source->rewind();
    for (std::vector<Event> block; recording.source && recording.source->next(block);) {
        for (const Event& event : block) {
            ++axis.events;
            if (event.at == 0) all_told = false;
            if (axis.from == 0 || (event.at != 0 && event.at < axis.from)) axis.from = event.at;
            axis.to = std::max(axis.to, event.at);
            used.add(event);
        }
    }
    axis.times_known = all_told && axis.to > axis.from;
    axis.by_time = axis.times_known && stretch != DrawnTime::kEvents;
    axis.whole_from = axis.from, axis.whole_to = axis.to;
    if (axis.by_time && stretch == DrawnTime::kUsed) {
        used.add_others(axis);
        used.narrow(axis);
    }
    return axis;
}

}  // namespace ttmem

#include "src/capture/window.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "src/base/text.h"
#include "src/capture/live_set.h"

namespace ttmem {
namespace {

constexpr WallTime kEver = std::numeric_limits<WallTime>::max();

class WindowEvents final : public EventSource {
public:
    WindowEvents(std::shared_ptr<EventSource> whole, WallTime from, WallTime to)
        : whole_(std::move(whole)), from_(from), to_(to) {}
    void rewind() override { whole_->rewind(); }
    bool next(std::vector<Event>& block) override {
        while (whole_->next(block)) {
            std::erase_if(block, [this](const Event& event) { return event.at < from_ || event.at > to_; });
            if (!block.empty()) return true;
        }
        return false;
    }
    bool failed() const override { return whole_->failed(); }

private:
    std::shared_ptr<EventSource> whole_;
    const WallTime from_, to_;
};

}  // namespace

Recording narrowed(Recording recording, WallTime from, WallTime to) {
    if (from == 0 && to == 0) return recording;
    const WallTime last = to != 0 ? to : kEver;
    std::vector<Allocation> before = from != 0 ? capture::live_after(recording, from - 1) : recording.live_before;
    if (to != 0) {
        recording.end.allocations = capture::live_after(recording, to);
        recording.end.coverage.note("figures of chips and processes are those of the recording's end, at " +
                                    rfc3339(recording.ended_at) + ", not of " + rfc3339(to));
    }
    recording.live_before = std::move(before);
    recording.source = std::make_shared<WindowEvents>(recording.source, from, last);
    recording.source->rewind();
    recording.events = 0;
    for (std::vector<Event> block; recording.source->next(block);) recording.events += block.size();
    recording.source->rewind();
    std::erase_if(recording.gaps, [&](const HistoryGap& gap) {
        return (gap.to != 0 && gap.to < from) || (gap.from != 0 && gap.from > last);
    });
    if (from != 0) recording.began_at = std::max(recording.began_at, from);
    if (to != 0) recording.ended_at = std::min(recording.ended_at, to);
    return recording;
}

}  // namespace ttmem

#include "src/capture/window.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "src/base/text.h"
#include "src/capture/live_set.h"

namespace ttmem {
namespace {

// The plans that programs had at that moment, as events of it: what comes later dispatches them.
std::vector<Event> plans_at(const Recording& recording, WallTime at) {
    std::map<std::tuple<uint32_t, uint64_t, uint32_t>, Event> plans;  // by process, program, place
    std::vector<Event> block;
    recording.source->rewind();
    while (recording.source->next(block)) {
        for (const Event& event : block) {
            if (event.at >= at) continue;
            const bool ends =
                event.kind == EventKind::kCircularBuffersFreed || event.kind == EventKind::kProgramDestroyed;
            if (event.kind == EventKind::kPlanChanged) plans[{event.process, event.subject, event.place}] = event;
            if (!ends) continue;
            plans.erase(plans.lower_bound({event.process, event.subject, 0}),
                        plans.upper_bound({event.process, event.subject, UINT32_MAX}));
        }
    }
    std::vector<Event> events;
    for (auto& [key, event] : plans) {
        event.at = at;
        events.push_back(event);
    }
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.order < b.order; });
    return events;
}

void add_open(Process& process, uint32_t iteration) {
    std::vector<uint32_t>& numbers = process.open_iterations;
    if (std::find(numbers.begin(), numbers.end(), iteration) == numbers.end()) numbers.push_back(iteration);
}

class WindowEvents final : public EventSource {
public:
    WindowEvents(std::shared_ptr<EventSource> whole, WallTime from, WallTime to, std::vector<Event> first)
        : whole_(std::move(whole)), from_(from), to_(to), first_(std::move(first)) {}
    void rewind() override {
        whole_->rewind();
        told_ = 0;
    }
    bool next(std::vector<Event>& block) override {
        if (told_ < first_.size()) {
            const size_t count = std::min<size_t>(first_.size() - told_, 65536);
            block.assign(first_.begin() + static_cast<ptrdiff_t>(told_),
                         first_.begin() + static_cast<ptrdiff_t>(told_ + count));
            told_ += count;
            return true;
        }
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
    const std::vector<Event> first_;  // told before those of the window
    size_t told_ = 0;
};

// Processes as they were then: what ended later ran, and had not ended so many iterations.
void set_back(Recording& recording, WallTime to) {
    std::map<std::pair<uint32_t, EventKind>, uint64_t> later;
    recording.source->rewind();
    for (std::vector<Event> block; recording.source->next(block);) {
        for (const Event& event : block) {
            if (event.at > to) ++later[{event.process, event.kind}];
        }
    }
    const auto less = [&](uint64_t& count, uint32_t process, EventKind kind) {
        count -= std::min(count, later[{process, kind}]);
    };
    for (uint32_t i = 0; i < recording.end.processes.size(); ++i) {
        Process& process = recording.end.processes[i];
        if (later.contains({i, EventKind::kProcessEnded})) process.state = ProcessState::kLive;
        less(process.iterations_begun, i, EventKind::kIterationBegun);
        less(process.iterations_ended, i, EventKind::kIterationEnded);
        less(process.failed_allocations, i, EventKind::kFailed);
        process.open_iterations.clear();
    }
    for (const Allocation& a : recording.end.allocations) {
        if (a.iteration != 0 && !a.iteration_over) add_open(recording.end.processes[a.process.value], a.iteration);
    }
}

}  // namespace

Recording narrowed(Recording recording, WallTime from, WallTime to) {
    if (recording.ended_at != 0 && to >= recording.ended_at) to = 0;  // nothing is left out
    if (from == 0 && to == 0) return recording;
    const WallTime last = to != 0 ? to : kEver;
    std::vector<Allocation> before = from != 0 ? capture::live_after(recording, from - 1) : recording.live_before;
    if (to != 0) {
        recording.end.allocations = capture::live_after(recording, to);
        set_back(recording, to);
        recording.end.coverage.note("figures of chips and processes are those of the recording's end, at " +
                                    rfc3339(recording.ended_at) + ", not of " + rfc3339(to));
    }
    if (from != 0) {
        recording.source->rewind();
        for (std::vector<Event> block; recording.source->next(block);) {
            for (const Event& event : block)
                recording.iterations_before += event.kind == EventKind::kIterationEnded && event.at < from;
        }
    }
    recording.is_part = true;
    recording.zero_at = recording.zero();
    recording.live_before = std::move(before);
    std::vector<Event> first = from != 0 ? plans_at(recording, from) : std::vector<Event>();
    recording.source = std::make_shared<WindowEvents>(recording.source, from, last, std::move(first));
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

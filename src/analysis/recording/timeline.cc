#include "src/analysis/recording/timeline.h"

#include <algorithm>
#include <set>

#include "src/analysis/recording/leaked_blocks.h"
#include "src/analysis/recording/shared_use.h"
#include "src/analysis/recording/timeline_axis.h"
#include "src/analysis/recording/timeline_spans.h"
#include "src/analysis/replay/replay.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

Band band_of(const LiveBlock& block, bool leaked) {
    if (leaked) return Band::kLeaked;
    switch (block.allocation_class) {
        case AllocationClass::kProgram:
            return Band::kProgram;
        case AllocationClass::kTrace:
            return Band::kTrace;
        case AllocationClass::kRuntime:
            return Band::kRuntime;
        case AllocationClass::kTensor:
            return block.persistent != LiveBlock::kNever ? Band::kPersistent : Band::kTensor;
        case AllocationClass::kUnknown:
            break;
    }
    return Band::kUnknown;
}

// A pool on equal chips while it is drawn.
struct Drawn {
    TimelineSlot now;
    size_t slot = 0;  // that is being filled
    std::vector<TimelineSlot> slots;

    // The use stands as it is until this slot.
    void go_to(size_t next) {
        for (; slot < next; slots[++slot] = now) {
        }
    }
    // It changes now.
    void stood_until(WallTime at) {
        if (now.until != kEver || at <= now.at) return;
        now.until = at;
        if (slots[slot].event == now.event) slots[slot].until = at;
    }
    void raise() {
        if (now.bytes > slots[slot].bytes) slots[slot] = now;
    }
};

// Of an operation that begins or ends. The op of an end is who goes on: the one around it.
uint32_t name_of(const Event& event) { return event.name != 0 ? event.name : event.op; }

// Sentences name an iteration by its number, so that is told here, too, where its name does not tell one from another.
std::string iteration_text(const std::string& name, uint64_t number) {
    if (name.empty()) return std::to_string(number);
    const bool is_numbered = std::ranges::any_of(name, [](char c) { return c >= '0' && c <= '9'; });
    return is_numbered ? name : name + " " + std::to_string(number);
}

class Drawer : public ReplayObserver {
public:
    Drawer(const Snapshot& tables, const TimelineAxis& axis, const LeakedBlocks& leaked, Timeline& timeline)
        : axis_(axis),
          leaked_(leaked),
          timeline_(timeline),
          operations_(axis.slots, [&tables](uint64_t, uint32_t name) { return tables.texts[name]; }),
          iterations_(axis.slots, [&tables](uint64_t number, uint32_t name) {
              return iteration_text(tables.texts[name], number);
          }) {}

    void begins(const Replay& replay) override {
        drawn_.resize(replay.chips().size());
        for (auto& pools : drawn_) {
            for (Drawn& drawn : pools) {
                drawn.now.at = axis_.whole_from;
                drawn.slots.assign(axis_.slots, drawn.now);
            }
        }
    }
    void split(const Replay&, uint32_t whole, uint32_t) override { drawn_.push_back(drawn_[whole]); }
    void arrived(const Replay& replay, const LiveBlock& block) override { change(replay, block, block.outlived(), 1); }
    void left(const Replay& replay, const LiveBlock& block, Departure) override {
        change(replay, block, block.outlived(), -1);
    }
    void changed(const Replay& replay, const LiveBlock& block, bool outlived) override {
        // Which mark is new is not said, so what it was is looked up among the two that it may have been.
        LiveBlock before = block;
        if (block.persistent == replay.event()) before.persistent = LiveBlock::kNever;
        change(replay, before, outlived, -1);
        change(replay, block, block.outlived(), 1);
    }
    void applied(const Replay& replay, const Event& event) override { note(replay, event); }
    void lost(const Replay&, uint32_t process) override {
        operations_.forget(process);
        iterations_.forget(process);
    }
    void ended(const Replay&) override {
        for (auto& pools : drawn_) {
            for (Drawn& drawn : pools) drawn.go_to(axis_.slots - 1);
        }
        timeline_.operations = operations_.take();
        timeline_.operations_left_out = operations_.left_out();
        timeline_.iterations = iterations_.take();
        timeline_.iterations_left_out = iterations_.left_out();
    }

    std::vector<TimelineSlot> take(size_t chips, Pool pool) {
        return std::move(drawn_[chips][static_cast<size_t>(pool)].slots);
    }

private:
    void change(const Replay& replay, const LiveBlock& block, bool outlived, int sign) {
        const Band in = band_of(block, outlived && leaked_.contains(block, true));
        const uint64_t bytes = block.reserved_bytes();
        const size_t slot = axis_.slot(replay);
        for (const uint32_t chips : replay.chips_of(block.place)) {
            Drawn& drawn = drawn_[chips][static_cast<size_t>(block.pool)];
            drawn.stood_until(replay.now());
            drawn.go_to(slot);
            if (drawn.now.event != replay.event())
                drawn.now.event = replay.event(), drawn.now.at = replay.now(), drawn.now.until = kEver;
            uint64_t& band = drawn.now.bands[static_cast<size_t>(in)];
            if (sign > 0) {
                band = saturating_add(band, bytes);
                drawn.now.bytes = saturating_add(drawn.now.bytes, bytes);
                ++drawn.now.allocations;
                drawn.raise();
            } else {
                band -= std::min(band, bytes);
                drawn.now.bytes -= std::min(drawn.now.bytes, bytes);
                drawn.now.allocations -= std::min<uint64_t>(drawn.now.allocations, 1);
            }
        }
    }

    void note(const Replay& replay, const Event& event) {
        const Snapshot& tables = replay.recording().end;
        const size_t slot = axis_.slot(replay);
        const uint64_t thread = TimelineSpans::key(event.process, event.thread);
        const uint32_t name = name_of(event);
        // What is over before the axis begins, is not missing in it.
        const bool counts = !axis_.by_time || replay.now() >= axis_.from;
        switch (event.kind) {
            case EventKind::kOperationBegun:
                return operations_.begin(thread, name, name, slot);
            case EventKind::kOperationEnded:
                return operations_.end(thread, name, name, slot, counts);
            case EventKind::kIterationBegun:
                return iterations_.begin(thread, event.subject, event.name, slot);
            case EventKind::kIterationEnded:
                if (!timeline_.steady) timeline_.steady = slot;
                return iterations_.end(thread, event.subject, event.name, slot, counts);
            case EventKind::kProcessEnded:
                operations_.cut(event.process, slot);
                return iterations_.cut(event.process, slot);
            case EventKind::kFailed:
                return note_failure(tables, event, slot);
            default:
                return;
        }
    }
    void note_failure(const Snapshot& tables, const Event& event, size_t slot) {
        if (timeline_.failures.size() == kMostMarks) {
            ++timeline_.failures_left_out;
            return;
        }
        const std::vector<Failure>& failures = tables.processes[event.process].failures;
        if (event.subject >= failures.size()) {
            timeline_.failures.push_back(
                {.begin = slot, .end = slot + 1, .text = "a failure of which no figures were kept", .at = event.at});
            return;
        }
        failed_.emplace(event.process, event.subject);
        timeline_.failures.push_back(span_of(tables, failures[event.subject], slot, event.at));
    }
    static TimelineSpan span_of(const Snapshot& tables, const Failure& failure, size_t slot, WallTime at) {
        std::string words = failure_words(failure.kind);
        if (failure.kind == FailureKind::kOutOfMemory)
            words += std::string(" in ") + std::string(pool_name(failure.pool));
        TimelineSpan span{slot, slot + 1, std::move(words), failure.requested_bytes.value_or(0), at};
        if (failure.kind != FailureKind::kUnknown) span.pool = failure.pool;
        if (failure.place) span.chips = tables.places[failure.place->value].chips;
        return span;
    }

public:
    // Those that no event tells of, as where events were lost or never recorded.
    void note_other_failures(const Recording& recording) {
        if (!axis_.by_time) return;
        for (uint32_t p = 0; p < recording.end.processes.size(); ++p) {
            const std::vector<Failure>& failures = recording.end.processes[p].failures;
            for (size_t i = 0; i < failures.size() && timeline_.failures.size() < kMostMarks; ++i) {
                const WallTime at = failures[i].at;
                if (at == 0 || at < axis_.from || at > axis_.to || failed_.contains({p, i})) continue;
                timeline_.failures.push_back(span_of(recording.end, failures[i], axis_.slot_at(at), at));
            }
        }
        std::ranges::stable_sort(timeline_.failures, {}, &TimelineSpan::begin);
    }

private:
    const TimelineAxis axis_;
    const LeakedBlocks& leaked_;
    Timeline& timeline_;
    std::vector<std::array<Drawn, kPoolCount>> drawn_;
    std::set<std::pair<uint32_t, uint64_t>> failed_;  // by process and number: of which an event told
    TimelineSpans operations_, iterations_;
};

void add_gaps(const Recording& recording, const TimelineAxis& axis, Timeline& timeline) {
    for (const HistoryGap& gap : recording.gaps) {
        if (gap.sampled) continue;
        if (!axis.by_time || timeline.gaps.size() == kMostMarks) continue;
        if (gap.to != 0 && gap.to <= axis.from) continue;
        const size_t end = gap.to == 0 ? axis.slots : axis.slot_at(gap.to) + 1;
        timeline.gaps.push_back({.begin = axis.slot_at(gap.from), .end = end, .text = gap.why});
    }
}

}  // namespace

std::string_view band_name(Band band) {
    switch (band) {
        case Band::kLeaked:
            return "leaked";
        case Band::kProgram:
            return "program";
        case Band::kTrace:
            return "trace";
        case Band::kRuntime:
            return "runtime";
        case Band::kPersistent:
            return "persistent";
        case Band::kTensor:
            return "tensor";
        case Band::kUnknown:
            break;
    }
    return "unknown";
}

bool is_failure_of(const TimelineSpan& failure, const PoolPeak& pool) {
    if (failure.pool != pool.pool) return false;
    return failure.chips.empty() || std::ranges::any_of(failure.chips, [&](ChipId chip) {
               return std::ranges::find(pool.chips, chip) != pool.chips.end();
           });
}

Timeline timeline_of(const Recording& recording, size_t slots, DrawnTime stretch) {
    Timeline timeline;
    const TimelineAxis axis = axis_of(recording, slots, stretch);
    timeline.by_time = axis.by_time;
    timeline.times_known = axis.times_known;
    timeline.from = axis.from, timeline.to = axis.to;
    timeline.whole_from = axis.whole_from, timeline.whole_to = axis.whole_to;
    timeline.zero = recording.zero() != 0 ? recording.zero() : axis.from;
    timeline.events = axis.events;
    timeline.slot_count = axis.slots;
    Peaks peaks = peaks_of(recording);
    timeline.coverage = peaks.coverage;
    note_order(recording, timeline.coverage);
    Replay replay(recording);
    const LeakedBlocks leaked(recording);
    Drawer drawer(recording.end, axis, leaked, timeline);
    replay.run(drawer);
    drawer.note_other_failures(recording);
    add_gaps(recording, axis, timeline);
    for (PoolPeak& peak : peaks.pools) {
        const auto chips = std::find_if(replay.chips().begin(), replay.chips().end(),
                                        [&](const EqualChips& equal) { return equal.chips == peak.chips; });
        PoolTimeline pool;
        pool.slots = drawer.take(static_cast<size_t>(chips - replay.chips().begin()), peak.pool);
        const auto most =
            std::max_element(pool.slots.begin(), pool.slots.end(),
                             [](const TimelineSlot& a, const TimelineSlot& b) { return a.bytes < b.bytes; });
        pool.peak_slot = static_cast<size_t>(most - pool.slots.begin());
        pool.peak = std::move(peak);
        timeline.pools.push_back(std::move(pool));
    }
    return timeline;
}

}  // namespace ttmem

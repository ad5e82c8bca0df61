#include "src/analysis/recording/traces.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "src/analysis/replay/address_ranges.h"
#include "src/analysis/replay/arenas.h"
#include "src/analysis/replay/pool_banks.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

using RangesOfPools = std::array<AddressRanges, kPoolCount>;

struct LiveTrace {
    size_t trace = 0;  // into TraceReport::traces
    RangesOfPools used;
    struct InTheWay {
        size_t position = SIZE_MAX;  // in CapturedTrace::blocks; SIZE_MAX: not kept
        bool overwritten = false;
    };
    std::map<uint64_t, InTheWay> in_the_way;  // those that live, by handle
};

class TraceWatch : public ReplayObserver {
public:
    TraceWatch(const Recording& recording, TraceReport& report);
    void arrived(const Replay& replay, const LiveBlock& block) override;
    void left(const Replay& replay, const LiveBlock& block, Departure) override;
    void applied(const Replay& replay, const Event& event) override;
    void finish();

private:
    // What a thread has allocated, the latest of it.
    struct Made {
        size_t allocator = 0;
        Pool pool = Pool::kDram;
        uint64_t begin = 0, end = 0;
    };
    struct ThreadLog {
        std::deque<Made> made;
        uint64_t forgotten = 0;                 // before the first of these
        std::map<size_t, uint64_t> boundaries;  // by allocator: so many were made before what is no part of a capture
    };
    static constexpr size_t kMostMade = 65'536;  // of a thread

    size_t allocator_of(const Event& event) const { return arenas_.allocator_of(event.place); }
    LiveTrace* live(uint32_t process, uint64_t handle);
    void capture(const Event& event);
    RangesOfPools made_in_capture(const Event& event, CapturedTrace& trace);
    void pass_boundary(const Event& event);
    void replayed(const Replay& replay, const Event& event);
    void end_all(uint32_t process, std::optional<size_t> allocator);
    void commands_of(const Replay& replay, const LiveBlock& block, CapturedTrace& trace);
    void look(LiveTrace& trace, const LiveBlock& block);

    const Recording& recording_;
    TraceReport& report_;
    ArenaFinder arenas_;                                          // only which allocator a place has
    std::map<std::pair<uint32_t, uint64_t>, LiveTrace> live_;     // by process and handle
    std::map<std::pair<uint32_t, uint64_t>, size_t> known_;       // likewise: into traces
    std::map<std::pair<uint32_t, uint32_t>, ThreadLog> threads_;  // by process and thread
    std::map<size_t, uint64_t> live_commands_;                    // bytes per bank, by allocator
    std::map<size_t, TraceRegion> regions_;                       // by allocator
    uint64_t too_many_ = 0;                                       // captures that made more than is kept
};

TraceWatch::TraceWatch(const Recording& recording, TraceReport& report)
    : recording_(recording), report_(report), arenas_(recording) {
    std::set<std::pair<uint32_t, uint64_t>> before;
    for (const Allocation& a : recording.live_before) {
        if (a.trace == 0) continue;
        const Trace& trace = recording.end.traces[a.trace - 1];
        if (!before.emplace(trace.process.value, trace.handle).second) continue;
        CapturedTrace captured;
        captured.process = trace.process.value, captured.place = trace.place.value;
        captured.handle = trace.handle;
        captured.captured_at = trace.captured_at.value_or(0);
        captured.before = true;
        known_[{captured.process, captured.handle}] = report_.traces.size();
        live_[{captured.process, captured.handle}].trace = report_.traces.size();
        report_.traces.push_back(captured);
    }
}

LiveTrace* TraceWatch::live(uint32_t process, uint64_t handle) {
    const auto found = live_.find({process, handle});
    return found == live_.end() ? nullptr : &found->second;
}

// As the capture counted them, or all since what cannot be a part of it.
RangesOfPools TraceWatch::made_in_capture(const Event& event, CapturedTrace& trace) {
    RangesOfPools used;
    const ThreadLog& log = threads_[{event.process, event.thread}];
    const uint64_t all = log.forgotten + log.made.size();
    uint64_t first = 0;
    trace.begin_known = event.address != 0;
    if (trace.begin_known) {
        first = all - std::min(all, event.address - 1);
    } else if (const auto boundary = log.boundaries.find(allocator_of(event)); boundary != log.boundaries.end()) {
        first = boundary->second;
    }
    if (first < log.forgotten) ++too_many_;
    for (size_t i = first - std::min(first, log.forgotten); i < log.made.size(); ++i) {
        const Made& made = log.made[i];
        if (made.allocator == allocator_of(event)) used[static_cast<size_t>(made.pool)].add(made.begin, made.end);
    }
    return used;
}

void TraceWatch::capture(const Event& event) {
    CapturedTrace trace;
    trace.process = event.process, trace.place = event.place;
    trace.handle = event.subject;
    trace.name = event.name, trace.op = event.op;
    trace.iteration = event.iteration;
    trace.captured_at = event.at;
    known_[{event.process, event.subject}] = report_.traces.size();
    LiveTrace& alive = live_[{event.process, event.subject}];
    alive.trace = report_.traces.size();
    alive.used = made_in_capture(event, trace);
    report_.traces.push_back(std::move(trace));
}

void TraceWatch::commands_of(const Replay& replay, const LiveBlock& block, CapturedTrace& trace) {
    trace.commands += Sum{1, block.requested_bytes, block.reserved_bytes()};
    const size_t allocator = arenas_.allocator_of(block.place);
    TraceRegion& region = regions_[allocator];
    region.banks = block.banks;
    region.all_per_bank = saturating_add(region.all_per_bank, block.bytes_per_bank);
    uint64_t& now = live_commands_[allocator];
    now = saturating_add(now, block.bytes_per_bank);
    if (now <= region.peak_per_bank) return;
    region.peak_per_bank = now;
    region.peak_at = replay.now();
}

// Whether the block lies where the trace writes.
void TraceWatch::look(LiveTrace& alive, const LiveBlock& block) {
    CapturedTrace& trace = report_.traces[alive.trace];
    trace.made_while_it_lived += Sum{1, block.requested_bytes, block.reserved_bytes()};
    uint64_t overlap = block.bytes_per_bank;
    const AddressRanges& used = alive.used[static_cast<size_t>(block.pool)];
    if (used.empty()) return;
    for (const auto& [from, to] : used.outside(block.address, saturating_add(block.address, block.bytes_per_bank)))
        overlap -= to - from;
    if (overlap == 0) return;
    ++trace.in_the_way;
    const bool is_kept = trace.blocks.size() < kMostBlocksInTheWay;
    alive.in_the_way[block.handle].position = is_kept ? trace.blocks.size() : SIZE_MAX;
    if (is_kept) trace.blocks.push_back({block, overlap, 0, 0, true});
}

void TraceWatch::arrived(const Replay& replay, const LiveBlock& block) {
    if (block.allocation_class == AllocationClass::kTrace) {
        const auto known = known_.find({block.process, block.holder});
        if (known != known_.end()) commands_of(replay, block, report_.traces[known->second]);
        return;
    }
    if (block.pool == Pool::kSystem || block.born == 0) return;
    const size_t allocator = arenas_.allocator_of(block.place);
    ThreadLog& log = threads_[{block.process, block.thread}];
    log.made.push_back({allocator, block.pool, block.address, saturating_add(block.address, block.bytes_per_bank)});
    if (log.made.size() > kMostMade) {
        log.made.pop_front();
        ++log.forgotten;
    }
    for (auto& [key, alive] : live_) {
        const CapturedTrace& trace = report_.traces[alive.trace];
        if (trace.process == block.process && arenas_.allocator_of(trace.place) == allocator) look(alive, block);
    }
}

void TraceWatch::left(const Replay&, const LiveBlock& block, Departure) {
    if (block.allocation_class == AllocationClass::kTrace && known_.contains({block.process, block.holder})) {
        uint64_t& now = live_commands_[arenas_.allocator_of(block.place)];
        now -= std::min(now, block.bytes_per_bank);
        return;
    }
    for (auto& [key, alive] : live_) {
        if (key.first != block.process) continue;
        const auto found = alive.in_the_way.find(block.handle);
        if (found == alive.in_the_way.end()) continue;
        if (found->second.position != SIZE_MAX)
            report_.traces[alive.trace].blocks[found->second.position].is_live = false;
        alive.in_the_way.erase(found);
    }
}

void TraceWatch::replayed(const Replay& replay, const Event& event) {
    LiveTrace* alive = live(event.process, event.subject);
    if (alive == nullptr) return;
    CapturedTrace& trace = report_.traces[alive->trace];
    ++trace.replays;
    for (auto& [handle, block] : alive->in_the_way) {
        if (std::exchange(block.overwritten, true)) continue;
        ++trace.overwritten;
        if (block.position == SIZE_MAX) continue;
        trace.blocks[block.position].overwritten_by = trace.replays;
        trace.blocks[block.position].overwritten_at = replay.now();
    }
}

void TraceWatch::end_all(uint32_t process, std::optional<size_t> allocator) {
    std::erase_if(live_, [&](const auto& entry) {
        CapturedTrace& trace = report_.traces[entry.second.trace];
        const bool ends =
            entry.first.first == process && (!allocator || arenas_.allocator_of(trace.place) == *allocator);
        trace.ended |= ends;
        trace.by_close |= ends && allocator.has_value();
        return ends;
    });
}

void TraceWatch::applied(const Replay& replay, const Event& event) {
    switch (event.kind) {
        case EventKind::kTraceCaptured:
            if (event.place < recording_.end.places.size()) capture(event);
            break;
        case EventKind::kTraceReplayed:
            replayed(replay, event);
            break;
        case EventKind::kTraceReleased:
            if (LiveTrace* alive = live(event.process, event.subject)) {
                CapturedTrace& trace = report_.traces[alive->trace];
                trace.released = trace.ended = true;
                trace.released_at = event.at;
                live_.erase({event.process, event.subject});
            }
            return;
        case EventKind::kPlaceClosed:
            if (event.place < recording_.end.places.size()) end_all(event.process, allocator_of(event));
            break;
        case EventKind::kProcessEnded:
            end_all(event.process, std::nullopt);
            return;
        case EventKind::kDispatched:
            break;
        default:
            return;
    }
    pass_boundary(event);
}

// What comes before this is no part of a capture that goes on.
void TraceWatch::pass_boundary(const Event& event) {
    const auto thread = threads_.find({event.process, event.thread});
    if (thread == threads_.end()) return;
    ThreadLog& log = thread->second;
    const uint64_t all = log.forgotten + log.made.size();
    if (event.place < recording_.end.places.size()) log.boundaries[allocator_of(event)] = all;
}

void TraceWatch::finish() {
    std::map<size_t, std::set<uint32_t>> iterations;
    for (const CapturedTrace& trace : report_.traces) {
        const size_t allocator = arenas_.allocator_of(trace.place);
        TraceRegion& region = regions_[allocator];
        region.process = trace.process;
        region.place = trace.place;
        ++region.traces;
        region.live += !trace.ended;
        region.never_released += !trace.released;
        if (!trace.released && trace.iteration != 0) iterations[allocator].insert(trace.iteration);
        const auto banks = banks_of(recording_.end, recording_.end.places[trace.place].chips, Pool::kTrace);
        if (banks) region.region_per_bank = banks->bytes_per_bank;
    }
    for (auto& [allocator, region] : regions_) {
        region.iterations = iterations[allocator].size();
        report_.regions.push_back(region);
    }
    if (too_many_ != 0)
        report_.coverage.note(counted(too_many_, "capture") +
                              " made more allocations than are looked at: more may lie in "
                              "the way of their traces.");
}

}  // namespace

TraceReport traces_of(const Recording& recording) {
    TraceReport report;
    Replay replay(recording);
    TraceWatch watch(recording, report);
    replay.run(watch);
    report.coverage = coverage_of(recording);
    watch.finish();
    replay.note_damage(report.coverage);
    const auto before = static_cast<uint64_t>(std::ranges::count_if(report.traces, &CapturedTrace::before));
    if (before != 0)
        report.coverage.note(counted(before, "trace") +
                             " captured before the recording began: what lies in the way of " +
                             (before == 1 ? "it" : "them") + " is not known.");
    std::ranges::stable_sort(report.traces, [](const CapturedTrace& a, const CapturedTrace& b) {
        return std::tuple(a.overwritten != 0, a.in_the_way != 0) > std::tuple(b.overwritten != 0, b.in_the_way != 0);
    });
    return report;
}

}  // namespace ttmem

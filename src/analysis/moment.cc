#include "src/analysis/moment.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "src/analysis/replay.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

using Holder = std::pair<uint32_t, uint64_t>;  // process, handle

// The events up to a moment; what comes later is only counted.
class EventsUntil final : public EventSource {
public:
    EventsUntil(std::shared_ptr<EventSource> whole, WallTime until) : whole_(std::move(whole)), until_(until) {}
    void rewind() override {
        whole_->rewind();
        later_.clear();
    }
    bool next(std::vector<Event>& block) override {
        while (whole_->next(block)) {
            std::erase_if(block, [this](const Event& event) {
                if (event.at <= until_) return false;
                ++later_[{event.process, event.kind}];
                return true;
            });
            if (!block.empty()) return true;
        }
        return false;
    }
    bool failed() const override { return whole_->failed(); }
    uint64_t later(uint32_t process, EventKind kind) const {
        const auto found = later_.find({process, kind});
        return found == later_.end() ? 0 : found->second;
    }

private:
    std::shared_ptr<EventSource> whole_;
    const WallTime until_;
    std::map<std::pair<uint32_t, EventKind>, uint64_t> later_;
};

// What was live after the last of the events, and what had begun and ended by then.
class StandingThen final : public ReplayObserver {
public:
    explicit StandingThen(const LeakedBlocks& leaked) : leaked_(leaked) {}
    void applied(const Replay&, const Event& event) override {
        const Holder holder{event.process, event.subject};
        if (event.kind == EventKind::kProgramCreated) programs_[holder] = event;
        if (event.kind == EventKind::kTraceCaptured) traces_[holder] = event;
        if (event.kind == EventKind::kPlaceClosed) closed_.insert(event.place);
        if (event.kind == EventKind::kPlaceOpened) closed_.erase(event.place);
        if (event.kind == EventKind::kProcessEnded) ended_.insert(event.process);
    }
    void ended(const Replay& replay) override {
        event_ = replay.event();
        for (const LiveBlock& block : replay.blocks()) {
            if (block.is_live) live_.push_back(block);
        }
        std::ranges::sort(live_, {}, &LiveBlock::born);
    }

    // Into the tables of the recording's end.
    void tell(Snapshot& s) const {
        for (Process& process : s.processes) process.open_iterations.clear();
        s.allocations.clear();
        Holders programs = holders_of(s.programs), traces = holders_of(s.traces);
        for (const LiveBlock& block : live_) s.allocations.push_back(allocation_of(block, s, programs, traces));
        for (uint32_t i = 0; i < s.places.size(); ++i) s.places[i].open = !closed_.contains(i);
        for (uint32_t i = 0; i < s.processes.size(); ++i) {
            if (!ended_.contains(i)) s.processes[i].state = ProcessState::kLive;
        }
    }

private:
    using Holders = std::map<Holder, uint32_t>;  // 1 + index

    template <class Items>
    static Holders holders_of(const Items& items) {
        Holders holders;
        for (uint32_t i = 0; i < items.size(); ++i) holders[{items[i].process.value, items[i].handle}] = i + 1;
        return holders;
    }

    Allocation allocation_of(const LiveBlock& block, Snapshot& s, Holders& programs, Holders& traces) const {
        Allocation a;
        a.handle = block.handle;
        a.address = DeviceAddress{block.address};
        a.requested_bytes = block.requested_bytes;
        a.bytes_per_bank = block.bytes_per_bank;
        a.since = block.since;
        a.process = ProcessIndex{block.process};
        a.place = PlaceIndex{block.place};
        a.op = block.op;
        a.tag = block.tag;
        a.thread = block.thread;
        a.iteration = block.iteration;
        a.stack = block.stack;
        a.banks = block.banks;
        a.data_banks = block.data_banks;
        a.pool = block.pool;
        a.allocation_class = block.allocation_class;
        a.persistent = block.persistent <= event_;
        a.holder_ended = block.holder_ended <= event_;
        a.outlived = block.outlived(event_) && !leaked_.contains(block);
        if (block.iteration != 0 && block.iteration_over > event_) open(s.processes[block.process], block.iteration);
        if (block.holder != 0 && !a.holder_ended) name_holder(a, {block.process, block.holder}, s, programs, traces);
        return a;
    }

    static void open(Process& process, uint32_t iteration) {
        std::vector<uint32_t>& numbers = process.open_iterations;
        if (std::ranges::find(numbers, iteration) == numbers.end()) numbers.push_back(iteration);
    }

    // One that the end has no more is added.
    void name_holder(Allocation& a, const Holder& holder, Snapshot& s, Holders& programs, Holders& traces) const {
        if (const auto known = traces.find(holder); known != traces.end()) {
            a.trace = known->second;
            return;
        }
        if (const auto captured = traces_.find(holder); captured != traces_.end()) {
            Trace trace;
            trace.handle = holder.second;
            trace.name = s.texts.at(captured->second.name);
            trace.process = ProcessIndex{holder.first};
            trace.place = PlaceIndex{captured->second.place};
            s.traces.push_back(std::move(trace));
            a.trace = traces[holder] = static_cast<uint32_t>(s.traces.size());
            return;
        }
        uint32_t& program = programs[holder];
        if (program == 0) {
            Program made;
            made.handle = holder.second;
            made.process = ProcessIndex{holder.first};
            if (const auto created = programs_.find(holder); created != programs_.end()) {
                made.name = s.texts.at(created->second.name);
                made.op = created->second.op;
            }
            s.programs.push_back(std::move(made));
            program = static_cast<uint32_t>(s.programs.size());
        }
        a.program = program;
    }

    const LeakedBlocks& leaked_;
    std::vector<LiveBlock> live_;
    uint64_t event_ = 0;
    std::map<Holder, Event> programs_, traces_;
    std::set<uint32_t> closed_, ended_;
};

void forget_figures(Process& process, bool begun) {
    if (!begun) process.chips.clear();
    for (ChipUse& use : process.chips) {
        for (PoolUse& pool : use.pools) {
            pool.requested_bytes = pool.reserved_bytes = pool.allocations = 0;
            pool.peak_requested = pool.peak_reserved = std::nullopt;
        }
        use.cb = {};
    }
    process.held_allocations = process.held_bytes = process.unlisted_released_bytes = process.retired_allocations = 0;
}

void add(Process& process, const Place& place, const Allocation& allocation) {
    for (ChipUse& use : process.chips) {
        if (std::ranges::find(place.chips, use.chip.id) == place.chips.end()) continue;
        PoolUse& pool = use.pool(allocation.pool);
        pool.requested_bytes = saturating_add(*pool.requested_bytes, allocation.requested_bytes);
        pool.reserved_bytes = saturating_add(*pool.reserved_bytes, allocation.reserved_bytes());
        pool.allocations = *pool.allocations + 1;
    }
}

// Counts of the end, without what came later.
void count_back(Process& process, const EventsUntil& events, uint32_t index, WallTime at) {
    const auto less = [&](uint64_t& count, EventKind kind) { count -= std::min(count, events.later(index, kind)); };
    less(process.iterations_begun, EventKind::kIterationBegun);
    less(process.iterations_ended, EventKind::kIterationEnded);
    less(process.failed_allocations, EventKind::kFailed);
    std::erase_if(process.failures, [at](const Failure& failure) { return failure.at > at; });
}

}  // namespace

bool had_begun(const Process& process, WallTime at) { return !process.started_at || *process.started_at <= at; }

Snapshot snapshot_at(const Recording& recording, WallTime at, const LeakedBlocks& leaked) {
    Recording until = recording;
    const auto events = std::make_shared<EventsUntil>(recording.source, at);
    until.source = events;
    Replay replay(until);
    StandingThen standing(leaked);
    replay.run(standing);
    Snapshot s = recording.end;
    standing.tell(s);
    s.generated_at = at;
    s.chips.clear();
    s.coverage = coverage_of(recording);
    replay.note_damage(s.coverage);
    for (uint32_t i = 0; i < s.processes.size(); ++i) {
        forget_figures(s.processes[i], had_begun(s.processes[i], at));
        count_back(s.processes[i], *events, i, at);
    }
    for (const Allocation& a : s.allocations) add(s.processes[a.process.value], s.place_of(a), a);
    return s;
}

}  // namespace ttmem

#include "src/analysis/standing_then.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "src/analysis/programs.h"
#include "src/analysis/replay.h"
#include "src/model/cb_painter.h"

namespace ttmem {
namespace {

using Key = std::pair<uint32_t, uint64_t>;  // process, handle

// Follows the events up to the moment, and then has what was so.
class MomentWatch : public ReplayObserver {
public:
    MomentWatch(const Recording& recording, uint64_t number, const LeakedBlocks& leaked)
        : recording_(recording), leaked_(leaked), number_(number) {
        const Snapshot& end = recording.end;
        opened_.assign(end.places.size(), Known::kUnknown);
        closed_.assign(end.places.size(), false);
        ended_.assign(end.processes.size(), false);
        for (const Program& program : end.programs) at_end_[{program.process.value, program.handle}] = &program;
    }

    void applied(const Replay& replay, const Event& event) override {
        if (replay.event() > number_) {
            look_back(event);
            return;
        }
        at_ = std::max(at_, replay.now());
        follow(event);
        if (replay.event() == number_) take(replay);
    }
    void began(const Replay& replay) override {
        if (number_ == 0) take(replay);
    }
    void ended(const Replay& replay) override {
        if (!is_taken_) take(replay);
    }

    Snapshot snapshot() {
        Snapshot s = recording_.end;
        s.coverage = coverage_of(recording_);
        s.generated_at = at_ != 0 ? at_ : number_ == 0 ? recording_.began_at : recording_.ended_at;
        s.programs.clear();
        name_chips(s);
        for (uint32_t i = 0; i < s.places.size(); ++i) s.places[i].open = was_open(i);
        for (uint32_t i = 0; i < s.processes.size(); ++i) {
            s.processes[i].state = ended_[i] ? ProcessState::kExited : ProcessState::kLive;
            s.processes[i].open_iterations.assign(open_iterations_[i].begin(), open_iterations_[i].end());
        }
        add_programs(s);
        add_traces(s);
        for (ChipUse& use : s.chips) use.cb = cbs_on(s, use.chip.id);
        add_allocations(s);
        return s;
    }

private:
    // What they are, without figures: those would be of another moment.
    static void name_chips(Snapshot& s) {
        s.chips.clear();
        std::set<ChipId> named;
        for (const Process& process : s.processes) {
            for (const ChipUse& use : process.chips) {
                if (!named.insert(use.chip.id).second) continue;
                s.chips.emplace_back().chip = use.chip;
            }
        }
    }

    enum class Known : uint8_t { kUnknown, kYes, kNo };
    struct Lived {
        Program program;
        std::map<uint32_t, uint32_t> plans;  // by place: as Event::plan
        bool created = false;                // in the recording
    };

    void follow(const Event& event) {
        const Key key{event.process, event.subject};
        switch (event.kind) {
            case EventKind::kPlaceOpened:
                if (event.place < opened_.size()) opened_[event.place] = Known::kYes;
                break;
            case EventKind::kPlaceClosed:
                if (event.place < closed_.size()) closed_[event.place] = true;
                break;
            case EventKind::kProcessEnded:
                ended_[event.process] = true;
                break;
            case EventKind::kIterationBegun:
                open_iterations_[event.process].insert(static_cast<uint32_t>(event.subject));
                break;
            case EventKind::kIterationEnded:
                open_iterations_[event.process].erase(static_cast<uint32_t>(event.subject));
                break;
            case EventKind::kProgramCreated:
                create(event);
                break;
            case EventKind::kPlanChanged:
                if (event.place < closed_.size()) programs_[key].plans[event.place] = event.plan;
                break;
            case EventKind::kCircularBuffersFreed:
                programs_[key].plans.clear();
                freed_.insert(key);
                break;
            case EventKind::kProgramDestroyed:
                programs_.erase(key);
                destroyed_.insert(key);
                break;
            case EventKind::kTraceCaptured:
            case EventKind::kTraceReplayed:
            case EventKind::kTraceReleased:
                follow_trace(key, event);
                break;
            default:
                break;
        }
    }
    void create(const Event& event) {
        Lived& lived = programs_[{event.process, event.subject}];
        lived = {};
        lived.created = true;
        Program& program = lived.program;
        program.name = recording_.end.texts[event.name];
        program.created_at = event.at != 0 ? std::optional(event.at) : std::nullopt;
        program.op = event.op, program.tag = event.tag, program.thread = event.thread;
        program.iteration = event.iteration;
        destroyed_.erase({event.process, event.subject});
    }
    void follow_trace(const Key& key, const Event& event) {
        if (event.kind == EventKind::kTraceReleased) {
            traces_.erase(key);
            released_.insert(key);
            return;
        }
        Trace& trace = traces_[key];
        if (event.kind == EventKind::kTraceReplayed) {
            trace.replayed = true;
            return;
        }
        trace.name = recording_.end.texts[event.name];
        trace.place = PlaceIndex{event.place};
        trace.captured_at = event.at != 0 ? std::optional(event.at) : std::nullopt;
    }
    // Of what happened later: what had not happened by then.
    void look_back(const Event& event) {
        const Key key{event.process, event.subject};
        if (event.kind == EventKind::kPlaceOpened && event.place < opened_.size() &&
            opened_[event.place] == Known::kUnknown)
            opened_[event.place] = Known::kNo;
        if (event.kind == EventKind::kProgramCreated) later_.insert(key);
        if (event.kind == EventKind::kTraceCaptured) later_traces_.insert(key);
        if (event.kind == EventKind::kPlanChanged) changed_later_.insert({key, event.place});
    }
    bool was_open(uint32_t place) const {
        if (closed_[place] || opened_[place] == Known::kNo) return false;
        // Opened before the recording began: no event tells. Closed before it when none tells that, either.
        return opened_[place] == Known::kYes || recording_.end.places[place].open || used_.contains(place);
    }

    void take(const Replay& replay) {
        is_taken_ = true;
        for (const LiveBlock& block : replay.blocks()) {
            if (!block.is_live) continue;
            blocks_.push_back(block);
            used_.insert(block.place);
        }
    }

    ProgramCbs cbs_at(uint32_t place, CbPlan plan) const {
        ProgramCbs cbs;
        cbs.place = PlaceIndex{place};
        cbs.plan = std::move(plan);
        cbs.released = !was_open(place);
        if (cbs.released) return cbs;
        const CbFigures figures = figures_of(cbs.plan);
        cbs.reserved_bytes = figures.bytes;
        cbs.largest_core = figures.largest_core;
        return cbs;
    }
    void add_programs(Snapshot& s) {
        // Those that lived when the recording began, or came in a gap, and lived to its end.
        for (const auto& [key, program] : at_end_) {
            const bool is_told = programs_.contains(key) && programs_.at(key).created;
            if (program->destroyed || is_told || destroyed_.contains(key) || later_.contains(key)) continue;
            Lived& lived = programs_[key];
            lived.program = *program;
            lived.program.cbs.clear();
            if (freed_.contains(key)) continue;
            for (const ProgramCbs& cbs : program->cbs) {
                const uint32_t place = cbs.place.value;
                if (lived.plans.contains(place) || cbs.left_behind || cbs.released) continue;
                if (changed_later_.contains({key, place})) {
                    lacks_plans_ = true;
                    s.coverage.note("Which circular buffers some programs had at that moment is not in the history.");
                } else {
                    lived.program.cbs.push_back(cbs_at(place, cbs.plan));
                }
            }
        }
        for (auto& [key, lived] : programs_) {
            Program program = lived.program;
            program.process = ProcessIndex{key.first};
            program.handle = key.second;
            for (const auto& [place, plan] : lived.plans) {
                if (plan != 0 && plan <= recording_.end.plans.size()) {
                    program.cbs.push_back(cbs_at(place, recording_.end.plans[plan - 1]));
                } else {
                    lacks_plans_ = true;
                    s.coverage.note("Which circular buffers some programs had is not in the history.");
                }
            }
            numbers_[key] = static_cast<uint32_t>(s.programs.size()) + 1;
            s.programs.push_back(std::move(program));
        }
    }
    // What the programs reserved on a chip; absent where one of its processes tells of no circular buffers.
    CbUse cbs_on(const Snapshot& s, ChipId chip) const {
        CbUse use;
        const auto has = [chip](const ChipUse& used) { return used.chip.id == chip; };
        for (const Process& process : s.processes) {
            if (std::ranges::any_of(process.chips, has) && !knows_cbs(process)) return use;
        }
        CbPainter painter;
        for (const Program& program : s.programs) {
            for (const ProgramCbs& cbs : program.cbs) {
                const std::vector<ChipId>& chips = s.places[cbs.place.value].chips;
                if (!cbs.released && std::ranges::find(chips, chip) != chips.end()) painter.add_live_plan(cbs.plan);
            }
        }
        const CbFigures figures = figures_of(painter.reserved());
        use.reserved_bytes = figures.bytes;
        use.largest_core_bytes = figures.largest_core;
        use.is_bound = lacks_plans_;
        return use;
    }

    // Those of the end that were not there stay as `ended`, for they are known by their numbers.
    void add_traces(Snapshot& s) const {
        std::map<Key, Trace> others = traces_;
        for (Trace& trace : s.traces) {
            const Key key{trace.process.value, trace.handle};
            trace.ended = trace.ended || released_.contains(key) || later_traces_.contains(key);
            trace.released = !was_open(trace.place.value);
            const auto then = traces_.find(key);
            trace.replayed = then != traces_.end() && then->second.replayed;
            others.erase(key);
        }
        for (auto& [key, trace] : others) {
            if (!trace.captured_at) continue;  // before the recording: nothing names it
            trace.process = ProcessIndex{key.first};
            trace.handle = key.second;
            trace.released = !was_open(trace.place.value);
            s.traces.push_back(trace);
        }
    }
    void add_allocations(Snapshot& s) const {
        s.allocations.clear();
        s.allocations.reserve(blocks_.size());
        std::map<Key, uint32_t> traces;
        for (uint32_t i = 0; i < s.traces.size(); ++i) traces[{s.traces[i].process.value, s.traces[i].handle}] = i + 1;
        const auto number_of = [](const std::map<Key, uint32_t>& numbers, const Key& key) {
            const auto at = numbers.find(key);
            return at == numbers.end() ? 0 : at->second;
        };
        for (const LiveBlock& block : blocks_) {
            Allocation& a = s.allocations.emplace_back();
            a.handle = block.handle;
            a.address = DeviceAddress{block.address};
            a.requested_bytes = block.requested_bytes, a.bytes_per_bank = block.bytes_per_bank;
            a.since = block.since;
            a.process = ProcessIndex{block.process}, a.place = PlaceIndex{block.place};
            a.op = block.op, a.tag = block.tag, a.thread = block.thread, a.iteration = block.iteration;
            a.stack = block.stack;
            a.banks = block.banks, a.data_banks = block.data_banks;
            a.pool = block.pool, a.allocation_class = block.allocation_class;
            a.persistent = block.persistent != LiveBlock::kNever;
            const Key holder{block.process, block.holder};
            a.program = block.holder != 0 ? number_of(numbers_, holder) : 0;
            a.trace = block.holder != 0 ? number_of(traces, holder) : 0;
            a.holder_ended = block.holder_ended != LiveBlock::kNever;
            a.outlived = block.outlived() && !leaked_.contains(block);
        }
    }

    const Recording& recording_;
    const LeakedBlocks& leaked_;
    const uint64_t number_;
    bool is_taken_ = false, lacks_plans_ = false;
    WallTime at_ = 0;
    std::vector<LiveBlock> blocks_;
    std::set<uint32_t> used_;  // places of those
    std::vector<Known> opened_;
    std::vector<bool> closed_, ended_;
    std::map<uint32_t, std::set<uint32_t>> open_iterations_;  // by process
    std::map<Key, Lived> programs_;
    std::map<Key, const Program*> at_end_;
    std::map<Key, Trace> traces_;  // those that an event told of
    std::set<Key> destroyed_, later_, freed_;
    std::set<Key> released_, later_traces_;             // traces
    std::set<std::pair<Key, uint32_t>> changed_later_;  // program, place
    std::map<Key, uint32_t> numbers_;
};

template <class Fits>
uint64_t last_event_that(const Recording& recording, const Fits& fits) {
    uint64_t number = 0, last = 0;
    std::vector<Event> block;
    recording.source->rewind();
    while (recording.source->next(block)) {
        for (const Event& event : block) {
            ++number;
            if (fits(event)) last = number;
        }
    }
    recording.source->rewind();
    return last;
}

}  // namespace

Snapshot snapshot_after(const Recording& recording, uint64_t number) {
    return snapshot_after(recording, number, LeakedBlocks(recording));
}

Snapshot snapshot_after(const Recording& recording, uint64_t number, const LeakedBlocks& leaked) {
    Replay replay(recording);
    MomentWatch watch(recording, number, leaked);
    replay.run(watch);
    Snapshot snapshot = watch.snapshot();
    replay.note_damage(snapshot.coverage);
    return snapshot;
}

uint64_t last_event_at(const Recording& recording, WallTime at) {
    bool is_past = false;
    return last_event_that(recording, [&](const Event& event) {
        is_past |= event.at > at;
        return !is_past;
    });
}

uint64_t last_failure(const Recording& recording) {
    return last_event_that(recording, [](const Event& event) { return event.kind == EventKind::kFailed; });
}

}  // namespace ttmem

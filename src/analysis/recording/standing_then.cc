#include "src/analysis/recording/standing_then.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "src/analysis/recording/shared_use.h"
#include "src/analysis/replay/replay.h"
#include "src/analysis/snapshot/programs.h"
#include "src/model/cb_painter.h"

namespace ttmem {
namespace {

using Key = std::pair<uint32_t, uint64_t>;  // process, handle

// Follows the events up to the moment, and then has what was so.
class MomentWatch : public ReplayObserver {
public:
    MomentWatch(const Recording& recording, uint64_t number, const LeakedBlocks& leaked, SharedUses& in_use)
        : recording_(recording), leaked_(leaked), number_(number), in_use_(in_use) {
        const Snapshot& end = recording.end;
        opened_.assign(end.places.size(), Known::kUnknown);
        closed_.assign(end.places.size(), false);
        ended_.assign(end.processes.size(), false);
        for (const Program& program : end.programs) at_end_[{program.process.value, program.handle}] = &program;
    }

    void applied(const Replay& replay, const Event& event) override {
        if (replay.event() > number_) {
            if (until_ == kEver && replay.now() > at_) until_ = replay.now();
            look_back(event);
            return;
        }
        at_ = std::max(at_, replay.now());
        follow(event);
        if (replay.event() != number_) return;
        take(replay);
        in_use_.ask(replay, number_, event.process);
    }
    void began(const Replay& replay) override {
        if (number_ == 0) take(replay);
    }
    void ended(const Replay& replay) override {
        if (!is_taken_) take(replay);
    }

    WallTime until() const { return until_; }

    Snapshot snapshot() {
        Snapshot s = recording_.end;
        s.coverage = coverage_of(recording_);
        s.generated_at = at_ != 0 ? at_ : number_ == 0 ? recording_.began_at : recording_.ended_at;
        s.programs.clear();
        name_chips(s);
        for (uint32_t i = 0; i < s.places.size(); ++i) s.places[i].open = was_open(i);
        for (uint32_t i = 0; i < s.processes.size(); ++i) set_back(i, s.processes[i]);
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

    // Counts of the end, without what came later.
    void set_back(uint32_t index, Process& process) const {
        if (!ended_[index]) process.state = ProcessState::kLive;
        if (ended_[index] && process.state == ProcessState::kLive) process.state = ProcessState::kExited;
        std::set<uint32_t> open;
        if (const auto of = open_iterations_.find(index); of != open_iterations_.end()) open = of->second;
        if (const auto of = perhaps_open_.find(index); of != perhaps_open_.end()) {
            for (const uint32_t iteration : process.open_iterations)
                if (of->second.contains(iteration)) open.insert(iteration);
        }
        process.open_iterations.assign(open.begin(), open.end());
        const auto less = [&](uint64_t& count, EventKind kind) {
            const auto later = later_counts_.find({index, kind});
            if (later != later_counts_.end()) count -= std::min(count, later->second);
        };
        less(process.iterations_begun, EventKind::kIterationBegun);
        less(process.iterations_ended, EventKind::kIterationEnded);
        less(process.failed_allocations, EventKind::kFailed);
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
            case EventKind::kTraceCaptured:
                traces_[key] = event;
                break;
            case EventKind::kTraceReplayed:
                replayed_.insert(key);
                break;
            case EventKind::kTraceReleased:
                traces_.erase(key);
                released_.insert(key);
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
            default:
                break;
        }
    }
    void create(const Event& event) {
        Lived& lived = programs_[{event.process, event.subject}];
        if (lived.created) lived = {};  // else its plans stay: those that history begins with come before everything
        lived.created = true;
        Program& program = lived.program;
        program.name = recording_.end.texts[event.name];
        program.created_at = event.at != 0 ? std::optional(event.at) : std::nullopt;
        program.op = event.op, program.tag = event.tag, program.thread = event.thread;
        program.iteration = event.iteration;
        destroyed_.erase({event.process, event.subject});
    }
    // Of what happened later: what had not happened by then.
    void look_back(const Event& event) {
        const Key key{event.process, event.subject};
        if (event.kind == EventKind::kPlaceOpened && event.place < opened_.size() &&
            opened_[event.place] == Known::kUnknown)
            opened_[event.place] = Known::kNo;
        const auto iteration = static_cast<uint32_t>(event.subject);
        if (event.kind == EventKind::kIterationEnded && perhaps_open_[event.process].contains(iteration))
            open_iterations_[event.process].insert(iteration);
        ++later_counts_[{event.process, event.kind}];
        if (event.kind == EventKind::kProgramCreated || event.kind == EventKind::kTraceCaptured) later_.insert(key);
        if (event.kind == EventKind::kProgramDestroyed || event.kind == EventKind::kTraceReleased)
            ended_later_.insert(key);
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
            // One of before the recording has no event of its begin.
            if (block.iteration == 0 || block.iteration_over != LiveBlock::kNever) continue;
            (replay.has_gap(block.process) ? perhaps_open_ : open_iterations_)[block.process].insert(block.iteration);
        }
        std::ranges::sort(blocks_, {}, &LiveBlock::born);
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
        std::erase_if(programs_, [this](const auto& p) { return !p.second.created && later_.contains(p.first); });
        // Those that lived when the recording began, or came in a gap.
        for (const auto& [key, program] : at_end_) {
            const bool is_told = programs_.contains(key) && programs_.at(key).created;
            const bool is_gone = program->destroyed && !ended_later_.contains(key);
            if (is_gone || is_told || destroyed_.contains(key) || later_.contains(key)) continue;
            Lived& lived = programs_[key];
            lived.program = *program;
            lived.program.cbs.clear();
            lived.program.destroyed = false;
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
                if (opened_[place] == Known::kNo) continue;  // it was opened later
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

    // Those of the end that had been captured and had not been released, and those that are gone by then.
    void add_traces(Snapshot& s) {
        std::erase_if(s.traces, [this](const Trace& trace) {
            const Key key{trace.process.value, trace.handle};
            return later_.contains(key) || released_.contains(key);
        });
        for (uint32_t i = 0; i < s.traces.size(); ++i)
            trace_numbers_[{s.traces[i].process.value, s.traces[i].handle}] = i + 1;
        for (const auto& [key, captured] : traces_) {
            if (trace_numbers_.contains(key) || captured.place >= s.places.size()) continue;
            Trace& trace = s.traces.emplace_back();
            trace.process = ProcessIndex{key.first}, trace.handle = key.second;
            trace.name = s.texts.at(captured.name);
            trace.place = PlaceIndex{captured.place};
            trace.captured_at = captured.at != 0 ? std::optional(captured.at) : std::nullopt;
            trace_numbers_[key] = static_cast<uint32_t>(s.traces.size());
        }
        for (Trace& trace : s.traces) {
            trace.released = !was_open(trace.place.value);
            const Key key{trace.process.value, trace.handle};
            if (ended_later_.contains(key)) trace.ended = false;
            if (traces_.contains(key)) trace.replayed = replayed_.contains(key);
        }
    }
    void add_allocations(Snapshot& s) const {
        s.allocations.clear();
        s.allocations.reserve(blocks_.size());
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
            a.trace = block.holder != 0 ? number_of(trace_numbers_, holder) : 0;
            a.holder_ended = block.holder_ended != LiveBlock::kNever;
            a.outlived = block.outlived() && !leaked_.contains(block, true);
        }
    }

    const Recording& recording_;
    const LeakedBlocks& leaked_;
    const uint64_t number_;
    SharedUses& in_use_;
    bool is_taken_ = false, lacks_plans_ = false;
    WallTime at_ = 0, until_ = kEver;
    std::vector<LiveBlock> blocks_;
    std::set<uint32_t> used_;  // places of those
    std::vector<Known> opened_;
    std::vector<bool> closed_, ended_;
    std::map<uint32_t, std::set<uint32_t>> open_iterations_;  // by process
    std::map<uint32_t, std::set<uint32_t>> perhaps_open_;     // whose end a gap may have: if it comes later, or never
    std::map<Key, Lived> programs_;
    std::map<Key, const Program*> at_end_;
    std::set<Key> destroyed_, later_, ended_later_, freed_;
    std::map<Key, Event> traces_;                                      // that were captured in the recording
    std::set<Key> released_, replayed_;                                // traces
    std::map<std::pair<uint32_t, EventKind>, uint64_t> later_counts_;  // by process
    std::set<std::pair<Key, uint32_t>> changed_later_;                 // program, place
    std::map<Key, uint32_t> numbers_, trace_numbers_;
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

Snapshot snapshot_after(const Recording& recording, uint64_t number, WallTime* until) {
    return snapshot_after(recording, number, LeakedBlocks(recording), until);
}

Snapshot snapshot_after(const Recording& recording, uint64_t number, const LeakedBlocks& leaked, WallTime* until) {
    Replay replay(recording);
    SharedUses in_use;
    MomentWatch watch(recording, number, leaked, in_use);
    BothObservers both(in_use, watch);
    replay.run(both);
    Snapshot snapshot = watch.snapshot();
    replay.note_damage(snapshot.coverage);
    in_use.note(replay, number, snapshot.coverage);
    if (until != nullptr) *until = watch.until();
    return snapshot;
}

uint64_t last_event_at(const Recording& recording, WallTime at) {
    bool is_past = false;
    return last_event_that(recording, [&](const Event& event) {
        is_past |= event.at > at;
        return !is_past;
    });
}

uint64_t last_failure(const Recording& recording, std::optional<FailureKind> kind) {
    return last_event_that(recording, [&](const Event& event) {
        if (event.kind != EventKind::kFailed || !kind) return event.kind == EventKind::kFailed;
        const std::vector<Failure>& failures = recording.end.processes[event.process].failures;
        return event.subject < failures.size() && failures[event.subject].kind == *kind;
    });
}

}  // namespace ttmem

#include "src/analysis/replay/replay.h"

#include <algorithm>
#include <map>
#include <set>

#include "src/analysis/replay/replay_index.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

LiveBlock block_of(const Allocation& a, const Snapshot& tables) {
    LiveBlock block;
    block.handle = a.handle;
    block.address = a.address.value;
    block.requested_bytes = a.requested_bytes;
    block.bytes_per_bank = a.bytes_per_bank;
    if (a.program != 0) block.holder = tables.programs[a.program - 1].handle;
    if (a.trace != 0) block.holder = tables.traces[a.trace - 1].handle;
    block.since = a.since;
    block.process = a.process.value;
    block.place = a.place.value;
    block.op = a.op, block.tag = a.tag, block.thread = a.thread, block.iteration = a.iteration;
    block.stack = a.stack;
    block.banks = a.banks, block.data_banks = a.data_banks;
    block.pool = a.pool;
    block.allocation_class = a.allocation_class;
    if (a.persistent) block.persistent = 0;
    if (a.iteration_over) block.iteration_over = 0;
    if (a.holder_ended) block.holder_ended = 0;
    return block;
}

LiveBlock block_of(const Event& event, uint64_t number) {
    LiveBlock block;
    block.handle = event.subject;
    block.address = event.address;
    block.requested_bytes = event.requested_bytes;
    block.bytes_per_bank = event.bytes_per_bank;
    block.holder = event.holder;
    block.born = number;
    block.since = event.at;
    block.process = event.process;
    block.place = event.place;
    block.op = event.op, block.tag = event.tag, block.thread = event.thread, block.iteration = event.iteration;
    block.stack = event.stack;
    block.banks = event.banks, block.data_banks = event.data_banks;
    block.pool = event.pool;
    block.allocation_class = event.allocation_class;
    if (event.persistent) block.persistent = number;
    return block;
}

bool is_inner(const HistoryGap& gap, const Recording& recording) {
    return gap.to == 0 || recording.began_at == 0 || gap.to > recording.began_at;
}

}  // namespace

Replay::Replay(const Recording& recording) : recording_(recording), index_(std::make_unique<Index>()) {
    const std::vector<Place>& places = recording.end.places;
    chips_of_place_.resize(places.size());
    used_.resize(places.size());
    for (const HistoryGap& gap : recording.gaps) {
        if (is_inner(gap, recording)) gaps_.push_back({gap.from, gap.to, gap.process.value, gap.sampled});
    }
    std::stable_sort(gaps_.begin(), gaps_.end(), [](const Gap& a, const Gap& b) { return a.from < b.from; });
    group_by_counts();
    if (gaps_.empty()) return;
    const std::vector<Allocation>& live = recording.end.allocations;
    for (uint32_t i = 0; i < live.size(); ++i) {
        if (!live[i].released) index_->live_at_end[{live[i].handle, live[i].process.value}] = i;
    }
}

Replay::~Replay() = default;

// Chips are alike until an event tells them apart, but for what no event tells of: what processes counted that were not
// seen from their begin on.
void Replay::group_by_counts() {
    const auto counts_of = [&](ChipId chip) {
        std::vector<uint64_t> counts;
        for (uint32_t p = 0; p < recording_.end.processes.size(); ++p) {
            if (is_seen_from_begin(p)) continue;
            for (const ChipUse& use : recording_.end.processes[p].chips) {
                if (use.chip.id != chip) continue;
                counts.push_back(p);
                for (const PoolUse& pool : use.pools) {
                    const Interval peak = pool.peak_reserved.value_or(Interval{UINT64_MAX, UINT64_MAX});
                    counts.insert(counts.end(), {peak.low, peak.high});
                }
            }
        }
        return counts;
    };
    std::set<ChipId> chips;
    for (const Place& place : recording_.end.places) chips.insert(place.chips.begin(), place.chips.end());
    std::map<std::vector<uint64_t>, size_t> known;
    for (const ChipId chip : chips) {
        const auto [entry, is_new] = known.try_emplace(counts_of(chip), chips_.size());
        if (is_new) chips_.emplace_back();
        chips_[entry->second].chips.push_back(chip);
    }
}

bool Replay::is_seen_from_begin(uint32_t process) const {
    const std::optional<WallTime> started_at = recording_.end.processes[process].started_at;
    return started_at && *started_at >= recording_.began_at && !has_gap_ever(process);
}

bool Replay::has_gap_ever(uint32_t process) const {
    return std::any_of(gaps_.begin(), gaps_.end(), [&](const Gap& gap) { return gap.process == process; });
}

void Replay::reset() {
    blocks_.clear();
    index_->positions.clear();
    index_->unused.clear();
    index_->by_iteration = {};
    index_->by_holder = {};
    live_at_place_.assign(recording_.end.places.size(), 0);
    live_of_process_.assign(recording_.end.processes.size(), 0);
    closed_.assign(recording_.end.places.size(), false);
    disturbed_.assign(recording_.end.processes.size(), false);
    held_on_.clear();
    next_gap_ = 0;
    event_ = contradictions_ = 0;
    failed_ = false;
    now_ = recording_.began_at;
}

void Replay::run(ReplayObserver& observer) {
    reset();
    observer.begins(*this);
    for (const Allocation& a : recording_.live_before) {
        if (!a.released) arrive(block_of(a, recording_.end), observer);
    }
    observer.began(*this);
    if (!recording_.source) return;
    recording_.source->rewind();
    for (std::vector<Event> block; recording_.source->next(block);) {
        for (const Event& event : block) {
            ++event_;
            if (event.at != 0) now_ = event.at;
            if (next_gap_ != gaps_.size()) pass_gaps(event, observer);
            apply(event, observer);
            observer.applied(*this, event);
        }
    }
    failed_ = recording_.source->failed();
    if (next_gap_ != gaps_.size()) ++event_;
    while (next_gap_ != gaps_.size()) lose(gaps_[next_gap_++], observer);
    end_held_on(observer);
    observer.ended(*this);
}

// The first time that something is allocated or runs at the place: it may cover only some of the chips that were equal
// so far.
void Replay::use(uint32_t place, ReplayObserver& observer) {
    used_[place] = true;
    const std::vector<ChipId>& covered = recording_.end.places[place].chips;
    const size_t before = chips_.size();
    for (uint32_t whole = 0; whole < before; ++whole) {
        std::vector<ChipId>& chips = chips_[whole].chips;
        const auto outside = std::stable_partition(chips.begin(), chips.end(), [&](ChipId chip) {
            return std::find(covered.begin(), covered.end(), chip) != covered.end();
        });
        if (outside == chips.begin() || outside == chips.end()) {
            std::sort(chips.begin(), chips.end());
            continue;
        }
        EqualChips part{{outside, chips.end()}};
        chips.erase(outside, chips.end());
        chips_.push_back(std::move(part));
        observer.split(*this, whole, static_cast<uint32_t>(chips_.size() - 1));
    }
    for (uint32_t p = 0; p < used_.size(); ++p) {
        if (!used_[p] || (p != place && chips_.size() == before)) continue;
        chips_of_place_[p].clear();
        const std::vector<ChipId>& chips = recording_.end.places[p].chips;
        for (uint32_t equal = 0; equal < chips_.size(); ++equal) {
            const ChipId first = chips_[equal].chips.front();
            if (std::find(chips.begin(), chips.end(), first) != chips.end()) chips_of_place_[p].push_back(equal);
        }
    }
}

void Replay::apply(const Event& event, ReplayObserver& observer) {
    switch (event.kind) {
        case EventKind::kAllocated:
            if (event.place >= chips_of_place_.size()) return contradict(event);  // where is not known
            arrive(block_of(event, event_), observer);
            return;
        case EventKind::kFreed: {
            const auto found = index_->positions.find({event.subject, event.process});
            if (found != index_->positions.end()) return leave(found->second, Departure::kFreed, observer);
            return contradict(event);
        }
        case EventKind::kMadePersistent:
            return mark_persistent(event, observer);
        case EventKind::kDispatched:
        case EventKind::kTraceReplayed:
            if (event.place < used_.size() && !used_[event.place]) use(event.place, observer);
            return;
        case EventKind::kPlaceClosed:
            return close(event.place, observer);
        case EventKind::kIterationEnded:
            return iteration_over(event.process, static_cast<uint32_t>(event.subject), observer);
        case EventKind::kProgramDestroyed:
        case EventKind::kTraceReleased:
            return holder_ended(event.process, event.subject, observer);
        case EventKind::kProcessEnded:
            return end_process(event.process, observer);
        default:
            return;
    }
}

void Replay::arrive(const LiveBlock& block, ReplayObserver& observer) {
    if (!used_[block.place]) use(block.place, observer);
    const bool reuses = !index_->unused.empty();
    const uint32_t position = reuses ? index_->unused.back() : static_cast<uint32_t>(blocks_.size());
    if (!index_->positions.try_emplace({block.handle, block.process}, position).second) return;  // known already
    if (reuses) {
        index_->unused.pop_back();
        blocks_[position] = block;
    } else {
        blocks_.push_back(block);
    }
    LiveBlock& placed = blocks_[position];
    placed.is_live = true;
    ++live_at_place_[placed.place];
    ++live_of_process_[placed.process];
    if (placed.iteration != 0) index_->by_iteration.add({placed.iteration, placed.process}, position);
    if (placed.holder != 0) index_->by_holder.add({placed.holder, placed.process}, position);
    observer.arrived(*this, placed);
}

void Replay::leave(uint32_t position, Departure departure, ReplayObserver& observer) {
    LiveBlock& block = blocks_[position];
    index_->positions.erase({block.handle, block.process});
    index_->unused.push_back(position);
    --live_at_place_[block.place];
    --live_of_process_[block.process];
    if (block.iteration != 0) index_->by_iteration.remove({block.iteration, block.process}, position);
    if (block.holder != 0) index_->by_holder.remove({block.holder, block.process}, position);
    block.is_live = false;
    observer.left(*this, block, departure);
}

void Replay::mark_persistent(const Event& event, ReplayObserver& observer) {
    const auto found = index_->positions.find({event.subject, event.process});
    if (found == index_->positions.end()) return contradict(event);
    LiveBlock& block = blocks_[found->second];
    const bool outlived = block.outlived();
    block.persistent = std::min(block.persistent, event_);
    observer.changed(*this, block, outlived);
}

void Replay::iteration_over(uint32_t process, uint32_t iteration, ReplayObserver& observer) {
    if (iteration == 0) return;
    index_->by_iteration.for_each({iteration, process}, [&](uint32_t position) {
        LiveBlock& block = blocks_[position];
        const bool outlived = block.outlived();
        block.iteration_over = std::min(block.iteration_over, event_);
        if (outlived != block.outlived()) observer.changed(*this, block, outlived);
    });
}

void Replay::holder_ended(uint32_t process, uint64_t holder, ReplayObserver& observer) {
    if (holder == 0) return;
    index_->by_holder.for_each({holder, process}, [&](uint32_t position) {
        LiveBlock& block = blocks_[position];
        const bool outlived = block.outlived();
        block.holder_ended = std::min(block.holder_ended, event_);
        if (!outlived) observer.changed(*this, block, outlived);
    });
}

template <class Condition>
void Replay::leave_all(const Condition& condition, Departure departure, ReplayObserver& observer) {
    for (uint32_t position = 0; position < blocks_.size(); ++position) {
        if (blocks_[position].is_live && condition(blocks_[position])) leave(position, departure, observer);
    }
}

// The place, and the parts of it: what the same process registered as such.
bool Replay::closes(uint32_t place, uint32_t other) const {
    const std::vector<Place>& places = recording_.end.places;
    if (place >= places.size() || other >= places.size()) return false;
    const Place &closed = places[place], &part = places[other];
    return other == place || (part.parent != 0 && part.parent == closed.registration && part.process == closed.process);
}

void Replay::close(uint32_t place, ReplayObserver& observer) {
    const std::vector<Place>& places = recording_.end.places;
    if (place >= places.size()) return;
    const auto goes = [&](uint32_t other) { return closes(place, other); };
    bool holds_something = false;
    for (uint32_t p = 0; p < places.size(); ++p) {
        if (!goes(p)) continue;
        closed_[p] = true;
        holds_something |= live_at_place_[p] != 0;
    }
    if (!holds_something) return;
    leave_all([&](const LiveBlock& block) { return goes(block.place); }, Departure::kClosed, observer);
}

// What a close released may be freed after it.
void Replay::contradict(const Event& event) {
    const bool is_late = event.place < closed_.size() && closed_[event.place];
    if (!disturbed_[event.process] && !is_late) ++contradictions_;
}

void Replay::end_process(uint32_t process, ReplayObserver& observer) {
    if (live_of_process_[process] == 0) return;
    const Process& ended = recording_.end.processes[process];
    if (ended.state == ProcessState::kKilled && !held_until(ended)) return held_on_.push_back(process);
    leave_all([&](const LiveBlock& block) { return block.process == process; }, Departure::kProcessEnded, observer);
}

void Replay::end_held_on(ReplayObserver& observer) {
    if (held_on_.empty()) return;
    leave_all(
        [&](const LiveBlock& block) {
            return std::find(held_on_.begin(), held_on_.end(), block.process) != held_on_.end();
        },
        Departure::kProcessEnded, observer);
}

void Replay::pass_gaps(const Event& event, ReplayObserver& observer) {
    while (next_gap_ != gaps_.size() && (gaps_[next_gap_].from == 0 || gaps_[next_gap_].from <= event.at)) {
        lose(gaps_[next_gap_++], observer);
    }
}

// What came before the gap and is there at the end has lived through it; so has what came in it, from its end on.
void Replay::lose(const Gap& gap, ReplayObserver& observer) {
    disturbed_[gap.process] = true;
    if (gap.sampled) return;  // what is live is so as of the last look
    observer.lost(*this, gap.process);
    leave_all(
        [&](const LiveBlock& block) {
            return block.process == gap.process && !index_->live_at_end.contains({block.handle, block.process});
        },
        Departure::kLost, observer);
    for (const Allocation& a : recording_.end.allocations) {
        if (a.process.value != gap.process || a.released || a.since == 0 || gap.to == 0) continue;
        if (a.since < gap.from || a.since > gap.to) continue;
        LiveBlock block = block_of(a, recording_.end);
        block.born = event_;
        block.holder_ended = LiveBlock::kNever;  // as far as it is known then
        arrive(block, observer);
    }
}

void Replay::note_damage(Coverage& coverage) const {
    if (failed_)
        coverage.note("The recording is damaged: it could be read only in part, and what came after is missing.");
    if (contradictions_ != 0) {
        coverage.note("The history has frees of what it never allocated: events are missing in it.");
    }
}

bool has_inner_gaps(const Recording& recording) {
    return std::any_of(recording.gaps.begin(), recording.gaps.end(),
                       [&](const HistoryGap& gap) { return is_inner(gap, recording); });
}

Coverage coverage_of(const Recording& recording) {
    Coverage coverage = recording.end.coverage;
    std::vector<std::string> reasons;  // in the order of the first gap of each
    std::map<std::string, std::set<uint32_t>> processes;
    for (const HistoryGap& gap : recording.gaps) {
        if (is_inner(gap, recording)) coverage.complete = false;
        std::string why = gap.why.empty() ? "a part of its history is missing" : gap.why;
        std::set<uint32_t>& of = processes[why];
        if (of.empty()) reasons.push_back(std::move(why));
        of.insert(gap.process.value);
    }
    for (const std::string& why : reasons) {
        const std::set<uint32_t>& of = processes[why];
        const std::string who = of.size() == 1 ? "process " + std::to_string(recording.end.processes[*of.begin()].pid)
                                               : "each of " + counted(of.size(), "process", "processes");
        coverage.note(recording.end.processes.size() == 1 ? why : who + ": " + why, false);
    }
    return coverage;
}

}  // namespace ttmem

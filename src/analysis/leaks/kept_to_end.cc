#include "src/analysis/leaks/kept_to_end.h"

#include <algorithm>

#include "src/analysis/leaks/growth_rule.h"

namespace ttmem {
namespace {

constexpr size_t kAgain = 3;        // times with other work between them
constexpr uint64_t kNearlyAll = 4;  // a quarter of the work may be yet to come

}  // namespace

void KeptToEnd::arrived(const Replay& replay, const LiveBlock& block) {
    if (may_stay(block)) return;
    if (block.iteration != 0 || has_iterations(block.process)) {
        const auto open = open_.find({block.process, block.iteration});
        if (open == open_.end()) return;
        ++open->second.made[{block.op, block.pool, block.allocation_class}];
        if (open->second.is_last) turns_in_last_[{block.process, block.handle}] = work_.turn(block.process, block.op);
        return;
    }
    if (block.born == 0) not_whole_.insert(block.process);
    const std::optional<Sum> sum = sum_in(replay, block, filter_);
    if (!sum) return;
    Group& group = groups_[{block.process, block.place, block.op, block.tag, lines_.of(block.stack), block.pool,
                            block.allocation_class}];
    if (++group.births == 1) group.began = done_[block.process];
    group.trend.made(group.births, 1);
    live_[{block.process, block.handle}] = {&group, group.births, turn_of(group, block), *sum};
}

// Each conversion that had no input of its own is a turn.
uint64_t KeptToEnd::turn_of(Group& group, const LiveBlock& block) {
    const uint64_t turn = work_.turn(block.process, block.op);
    if (!work_.converts(block.op)) return turn;
    Converted& of = group.converted;
    if (of.op == 0) converted_[block.process].push_back(&of);
    const uint64_t inputs = work_.inputs(block.process), freed = work_.freed(block.process);
    if (of.op == 0 || turn != of.turn) {
        of.made = of.alike = of.dropped = 0;
    } else if (inputs == of.inputs && freed == of.freed) {
        ++of.again, ++of.alike;
    }
    ++of.made;
    of.op = block.op, of.turn = turn, of.inputs = inputs, of.freed = freed;
    return turn + of.again;
}

void KeptToEnd::drop_input(uint32_t process) {
    const auto converted = converted_.find(process);
    if (converted == converted_.end()) return;
    for (Converted* of : converted->second) of->dropped += of->turn == work_.turn(process, of->op);
}

void KeptToEnd::clear(Cleared& lately, uint32_t process, uint64_t turn, uint64_t birth, const Sum& sum) const {
    const auto done = done_.find(process);
    const uint64_t now = done == done_.end() ? 0 : done->second;
    if (lately.at != now) lately = {now, 0, {}, {}};
    if (lately.turns.size() < kAgain) lately.turns.insert(turn);
    lately.newest = std::max(lately.newest, birth);
    lately.sum += sum;
}

void KeptToEnd::free(uint32_t process, const Made& made) {
    Group& group = *made.group;
    group.trend.freed(group.births + 1, made.birth);
    ++group.freed;
    clear(group.lately, process, made.turn, made.birth, made.sum);
    if (group.lately.turns.size() >= kAgain) group.cleared = group.lately;
}

void KeptToEnd::free_in(Open& open, const Replay& replay, const LiveBlock& block) {
    const auto turn = turns_in_last_.find({block.process, block.handle});
    const std::optional<Sum> sum = sum_in(replay, block, filter_);
    if (turn == turns_in_last_.end() || !sum) return;
    clear(open.freed[{block.op, block.pool, block.allocation_class}], block.process, turn->second, 0, *sum);
    turns_in_last_.erase(turn);
}

bool KeptToEnd::was_cleared_late(const Group& group) {
    return group.cleared.turns.size() >= kAgain && group.ended != 0 &&
           (group.ended - group.cleared.at) * kNearlyAll <= group.ended - group.began;
}

// What was freed when nearly all work was done; or, when all was, of what was kept the older part, if nothing was freed
// before: two or more, for a window may free the first one then. Null: nothing.
const KeptToEnd::Cleared* KeptToEnd::freed_late(const Group& group) {
    if (was_cleared_late(group)) return &group.cleared;
    const Cleared& lately = group.lately;
    const bool is_older = std::ranges::all_of(group.kept, [&](const Kept& kept) { return kept.birth > lately.newest; });
    const bool is_last = group.ended != 0 && lately.at == group.ended && lately.sum.allocations == group.freed;
    return is_older && is_last && !group.kept.empty() && lately.turns.size() > 1 ? &lately : nullptr;
}

bool KeptToEnd::is_again(const Group& group) {
    const bool is_bounded = group.trend.after(group.births) == Trend::State::kBounded;
    std::set<uint64_t> turns;
    for (const Kept& kept : group.kept) {
        if (!is_bounded || !group.trend.is_replaced(kept.birth)) turns.insert(kept.turn);
    }
    const Cleared* late = is_bounded ? nullptr : freed_late(group);
    if (late != nullptr) turns.insert(late->turns.begin(), late->turns.end());
    const Converted& of = group.converted;
    return turns.size() >= kAgain + (of.dropped >= of.made ? of.alike : 0);
}

void KeptToEnd::left(const Replay& replay, const LiveBlock& block, Departure departure) {
    const auto open = open_.find({block.process, block.iteration});
    if (open != open_.end() && departure == Departure::kClosed && !may_stay(block))
        open->second.kept[{block.op, block.pool, block.allocation_class}].push_back(block.handle);
    if (open != open_.end() && open->second.is_last && departure == Departure::kFreed)
        free_in(open->second, replay, block);
    if (departure == Departure::kFreed && work_.makes(block.op)) drop_input(block.process);
    const auto made = live_.find({block.process, block.handle});
    if (made == live_.end()) return;
    const Made& its = made->second;
    if (departure == Departure::kFreed) free(block.process, its);
    if (departure == Departure::kClosed) its.group->kept.push_back({block.handle, its.birth, its.turn});
    live_.erase(made);
}

void KeptToEnd::changed(const Replay&, const LiveBlock& block, bool) {
    const auto made = live_.find({block.process, block.handle});
    if (made == live_.end() || !may_stay(block)) return;
    made->second.group->trend.forget();
    live_.erase(made);
}

void KeptToEnd::applied(const Replay& replay, const Event& event) {
    switch (event.kind) {
        case EventKind::kAllocated:
            // What is compiled is no work of the program.
            if (event.holder == 0 && event.allocation_class != AllocationClass::kProgram) ++done_[event.process];
            return;
        case EventKind::kDispatched:
        case EventKind::kTraceCaptured:
        case EventKind::kTraceReplayed:
            ++done_[event.process];
            return;
        case EventKind::kPlaceClosed:
            for (auto& [owner, group] : groups_) {
                const auto [process, place] = std::tie(std::get<0>(owner), std::get<1>(owner));
                if (process == event.process && group.ended == 0 && replay.closes(event.place, place))
                    group.ended = done_[process];
            }
            return;
        case EventKind::kIterationBegun: {
            begun_.insert(event.process);
            const std::vector<uint32_t>& never_end = recording_.end.processes[event.process].open_iterations;
            Open& open = open_[{event.process, event.subject}];
            open.kind = {event.process, event.thread, event.name};
            open.is_last = std::ranges::find(never_end, event.subject) != never_end.end();
            return;
        }
        case EventKind::kIterationEnded: {
            const auto ended = open_.extract({event.process, event.subject});
            if (ended.empty()) return;
            std::map<Like, uint64_t>& most = most_[ended.mapped().kind];
            for (const auto& [like, made] : ended.mapped().made) most[like] = std::max(most[like], made);
            return;
        }
        default:
            return;
    }
}

void KeptToEnd::lost(const Replay&, uint32_t process) { not_whole_.insert(process); }

void KeptToEnd::ended(const Replay& replay) {
    for (auto& [owner, group] : groups_) {
        const uint32_t process = std::get<0>(owner);
        const bool may_go_on = recording_.end.processes[process].state == ProcessState::kLive;
        if (group.ended == 0 && !may_go_on) group.ended = done_[process];
    }
    for (uint32_t p = 0; p < recording_.end.processes.size(); ++p) {
        if (recording_.is_part || replay.has_gap_ever(p)) not_whole_.insert(p);
    }
}

void KeptToEnd::add_to(std::map<uint32_t, Repetition>& repetitions) const {
    const std::vector<Process>& processes = recording_.end.processes;
    for (uint32_t p = 0; p < processes.size(); ++p) {
        Repetition& of = repetitions[p];
        of.steady = work_.steady(p);
        of.first_step = work_.first_step(p);
        if (processes[p].iterations_begun == 0 && !not_whole_.contains(p)) of.kept = Repetition::Kept::kOnce;
    }
    for (const auto& [owner, group] : groups_) {
        const auto& [process, place, op, tag, line, pool, allocation_class] = owner;
        if (!is_again(group)) continue;
        Repetition& of = repetitions[process];
        of.kept = Repetition::Kept::kAgain;
        if (has_iterations(process)) {
            for (const Kept& kept : group.kept) of.made_again.insert(kept.handle);
        } else if (const Cleared* late = freed_late(group)) {
            const std::vector<std::string>& texts = recording_.end.texts;
            of.freed_at_last[{texts[op], texts[tag], pool, allocation_class}] += late->sum;
        }
    }
    for (const auto& [number, open] : open_) add_last(open, repetitions[number.first]);
}

// As far as an iteration before it made as many.
void KeptToEnd::add_last(const Open& open, Repetition& of) const {
    const auto most = most_.find(open.kind);
    const auto is_like_before = [&](const Like& like, uint64_t count) {
        if (most == most_.end()) return false;
        const auto made = most->second.find(like);
        return made != most->second.end() && count <= made->second;
    };
    const auto done = done_.find(std::get<0>(open.kind));
    for (const auto& [like, freed] : open.freed) {
        const bool is_late = done != done_.end() && freed.at == done->second && freed.turns.size() >= kAgain;
        const auto [op, pool, allocation_class] = like;
        if (is_late && !is_like_before(like, freed.sum.allocations))
            of.freed_at_last[{recording_.end.texts[op], "", pool, allocation_class}] += freed.sum;
    }
    for (const auto& [like, handles] : open.kept) {
        if (is_like_before(like, handles.size())) of.like_before.insert(handles.begin(), handles.end());
    }
}

}  // namespace ttmem

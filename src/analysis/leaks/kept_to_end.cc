#include "src/analysis/leaks/kept_to_end.h"

#include <algorithm>

#include "src/analysis/leaks/growth_rule.h"

namespace ttmem {
namespace {

constexpr size_t kAgain = 3;  // times with other work between them

constexpr auto kIgnored = [](const auto&) {};

}  // namespace

void KeptToEnd::arrived(const Replay& replay, const LiveBlock& block) {
    if (may_stay(block)) return;
    if (has_iterations(block.process)) {
        const auto open = open_.find({block.process, block.iteration});
        if (open != open_.end()) ++open->second.made[{block.op, block.pool, block.allocation_class}];
        return;
    }
    if (block.born == 0) not_whole_.insert(block.process);
    const std::optional<Sum> sum = sum_in(replay, block, filter_);
    if (!sum) return;
    Group& group = groups_[{block.process, block.place, block.op, block.tag, lines_.of(block.stack), block.pool,
                            block.allocation_class}];
    live_[{block.process, block.handle}] = {&group, work_.turn(block.process, block.op), *sum};
}

void KeptToEnd::keep(const Made& made, bool freed) {
    if (made.group->turns.size() < kAgain) made.group->turns.insert(made.turn);
    if (freed) made.group->freed += made.sum;
}

void KeptToEnd::left(const Replay&, const LiveBlock& block, Departure departure) {
    const auto open = open_.find({block.process, block.iteration});
    if (open != open_.end() && departure == Departure::kClosed && !may_stay(block))
        open->second.kept[{block.op, block.pool, block.allocation_class}].push_back(block.handle);
    const auto made = live_.find({block.process, block.handle});
    if (made == live_.end()) return;
    if (departure == Departure::kFreed) {
        freed_now_ = block;  // by whom its event says
        return;
    }
    if (departure == Departure::kClosed) keep(made->second, false);
    live_.erase(made);
}

void KeptToEnd::changed(const Replay&, const LiveBlock& block, bool) {
    if (may_stay(block)) live_.erase({block.process, block.handle});
}

void KeptToEnd::applied(const Replay& replay, const Event& event) {
    if (event.kind == EventKind::kIterationBegun) {
        open_[{event.process, event.subject}].kind = {event.process, event.thread, event.name};
    } else if (event.kind == EventKind::kIterationEnded) {
        const auto ended = open_.extract({event.process, event.subject});
        if (!ended.empty()) {
            std::map<Like, uint64_t>& most = most_[ended.mapped().kind];
            for (const auto& [like, made] : ended.mapped().made) most[like] = std::max(most[like], made);
        }
    }
    if (freed_now_) {
        const auto made = live_.find({freed_now_->process, freed_now_->handle});
        if (event.kind == EventKind::kFreed && event.op == 0) frees_.freed(replay, *freed_now_, made->second);
        live_.erase(made);
        freed_now_.reset();
    }
    frees_.applied(replay, event, kIgnored, [](const Made& made) { keep(made, true); });
}

void KeptToEnd::lost(const Replay&, uint32_t process) {
    not_whole_.insert(process);
    frees_.lost(process, kIgnored);
}

void KeptToEnd::ended(const Replay& replay) {
    frees_.ended(replay, kIgnored, [](const Made& made) { keep(made, true); });
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
        if (group.turns.size() < kAgain) continue;
        Repetition& of = repetitions[process];
        of.kept = Repetition::Kept::kAgain;
        if (group.freed.allocations == 0) continue;
        const std::vector<std::string>& texts = recording_.end.texts;
        of.freed_at_last[{texts[op], texts[tag], pool, allocation_class}] += group.freed;
    }
    for (const auto& [number, open] : open_) {
        const auto most = most_.find(open.kind);
        if (most == most_.end()) continue;
        for (const auto& [like, handles] : open.kept) {
            const auto made = most->second.find(like);
            if (made != most->second.end() && handles.size() <= made->second)
                repetitions[number.first].like_before.insert(handles.begin(), handles.end());
        }
    }
}

}  // namespace ttmem

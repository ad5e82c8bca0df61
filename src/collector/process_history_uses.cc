// What events use of programs and traces that other threads begin and end, and the order that follows from it.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "src/collector/process_history.h"

namespace ttmem {

using ledger::Body;
using ledger::Op;

// It lived when the allocation was made, and its begin is before that in any order. Its end, by another thread, may be,
// too, and what came into its slot then.
ProcessHistory::Holder ProcessHistory::holder_at_begin(const Body& body) const {
    const uint32_t number = body.holder_slot();
    if (number == 0 || number >= slots_.size()) return {};
    const auto is_older = [&](uint64_t clock) { return body.clock() == 0 || clock <= body.clock(); };
    const Slot& slot = slots_[number];
    if (holder_of(body) != 0 && is_older(slot.body.clock())) return {slot.handle, slot.began_at};
    const auto ended = ended_.find(number);
    if (ended == ended_.end()) return {};
    const auto last = std::find_if(ended->second.rbegin(), ended->second.rend(),
                                   [&](const Holder& holder) { return is_older(holder.clock); });
    return last == ended->second.rend() ? Holder{} : *last;
}

void ProcessHistory::remember_end(const Slot& slot) {
    if (slot.handle == 0 || slot.body.op() == Op::kAlloc) return;
    ended_[ledger::handle_slot(slot.handle)].push_back({slot.handle, slot.began_at, slot.body.clock()});
}

// All but the last in each slot: what used those before it has been told in earlier looks.
void ProcessHistory::forget_ends() {
    for (auto& [number, ended] : ended_) ended.erase(ended.begin(), ended.end() - 1);
}

// A program that is dispatched, a trace whose commands are allocated.
ProcessHistory::Holder ProcessHistory::used_by(const Raw& raw) const {
    const Op op = raw.body.op();
    if (op == Op::kAlloc) return holder_at_begin(raw.body);
    if (op != Op::kDispatch && op != Op::kCbPlan && op != Op::kCbsFreed && op != Op::kTraceReplay) return {};
    const uint64_t number = ledger::handle_slot(raw.subject);
    if (number >= slots_.size()) return {};
    if (slots_[number].handle == raw.subject) return {raw.subject, slots_[number].began_at};
    const auto ended = ended_.find(number);
    if (ended == ended_.end()) return {};
    const auto used = std::ranges::find(ended->second, raw.subject, &Holder::handle);
    return used == ended->second.end() ? Holder{} : *used;
}

// Nothing uses a program or trace that has ended. So each use puts the end later, if its time is: no Lamport number
// does.
void ProcessHistory::put_ends_after_uses(const std::vector<Told>& told) {
    std::unordered_map<uint64_t, size_t> ends;  // by handle: into `told`
    for (size_t i = 0; i < told.size(); ++i) {
        const Op op = told[i].raw->body.op();
        if (op == Op::kProgramEnd || op == Op::kTraceEnd) ends.emplace(told[i].raw->subject, i);
    }
    if (ends.empty()) return;
    constexpr int kMostTimes = 100;  // no order of a ledger that is sound needs more than there are threads
    for (int time = 0; time < kMostTimes && raise_ends(told, ends); ++time) raise_what_follows(told);
}

// False: there was nothing to do.
bool ProcessHistory::raise_ends(const std::vector<Told>& told, const std::unordered_map<uint64_t, size_t>& ends) {
    bool raised = false;
    for (size_t i = 0; i < told.size(); ++i) {
        const auto end = told[i].used == 0 ? ends.end() : ends.find(told[i].used);
        if (end == ends.end()) continue;
        WallTime& at = pending_[told[end->second].event].at;
        const WallTime after = pending_[told[i].event].at + (end->second < i);
        if (at == 0 || at >= after) continue;
        at = after, raised = true;
    }
    return raised;
}

// In its ring, in its slot, and by what it uses.
void ProcessHistory::raise_what_follows(const std::vector<Told>& told) {
    std::unordered_map<uint64_t, WallTime> slots, begun;  // by number, by handle
    std::vector<WallTime> rings(ring_times_.size());
    for (const Told& of : told) {
        const Op op = of.raw->body.op();
        const uint64_t number = ledger::handle_slot(of.raw->subject);
        WallTime& at = pending_[of.event].at;
        if (at == 0) continue;
        at = std::max(at, rings[of.raw->ring]);
        if (const auto used = begun.find(of.used); used != begun.end()) at = std::max(at, used->second);
        if (is_begin(op) || is_end(op)) {
            at = std::max(at, slots[number]);
            slots[number] = at;
            Slot& slot = slots_[number];
            slot.at = std::max(slot.at, at);
            if (is_begin(op)) begun[of.raw->subject] = at;
            if (is_begin(op) && slot.handle == of.raw->subject) slot.began_at = at;
        }
        rings[of.raw->ring] = at;
        ring_times_[of.raw->ring] = std::max(ring_times_[of.raw->ring], at);
    }
}

}  // namespace ttmem

#include "src/analysis/compiles.h"

#include <algorithm>

namespace ttmem {
namespace {

constexpr uint32_t kAny = UINT32_MAX;        // ordinal
constexpr uint64_t kCallsToKnow = 3;         // of an operation, that compiled nothing
constexpr uint32_t kMostOrdinals = 1 << 10;  // beyond that calls of an iteration are not told apart

bool is_counted(const Event& event) {
    return event.holder == 0 && event.allocation_class != AllocationClass::kProgram &&
           event.allocation_class != AllocationClass::kTrace;
}

}  // namespace

void Compiles::applied(const Event& event) {
    switch (event.kind) {
        case EventKind::kOperationBegun:
            open_[{event.process, event.thread}].push_back(begun(event, event.name, true));
            return;
        case EventKind::kOperationEnded:
            return end(event);
        case EventKind::kIterationEnded:
            return end_iteration(event);
        case EventKind::kFreed:
            return freed(event);
        case EventKind::kAllocated:
            if (event.op == 0 || !is_counted(event)) return;
            break;
        case EventKind::kProgramCreated:
            if (event.op == 0) return;
            for (Call& call : open_[{event.process, event.thread}]) call.compiles |= call.is_scope;
            break;
        default:
            return;
    }
    Call& call = call_of(event);
    if (event.kind == EventKind::kProgramCreated) {
        call.compiles = true;
    } else {
        ++call.made;
        call.live.push_back(event.subject);
    }
}

Compiles::Call Compiles::begun(const Event& event, uint32_t op, bool is_scope) {
    Last& last = last_[{event.process, event.thread, op}];
    if (last.iteration != event.iteration) last = {event.iteration, 0};
    Call call;
    call.op = op, call.iteration = event.iteration, call.is_scope = is_scope;
    call.ordinal = std::min(last.calls++, kMostOrdinals);
    return call;
}

// The innermost call, or, for an operation without events of its begin and end, all that it does in an iteration.
Compiles::Call& Compiles::call_of(const Event& event) {
    std::vector<Call>& calls = open_[{event.process, event.thread}];
    if (!calls.empty() && calls.back().is_scope && calls.back().op == event.op) return calls.back();
    for (Call& call : calls) {
        if (!call.is_scope && call.op == event.op && call.iteration == event.iteration) return call;
    }
    return *calls.insert(calls.begin(), begun(event, event.op, false));
}

void Compiles::end(const Event& event) {
    const auto open = open_.find({event.process, event.thread});
    if (open == open_.end()) return;
    std::vector<Call>& calls = open->second;
    const auto innermost = std::find_if(calls.rbegin(), calls.rend(), [](const Call& call) { return call.is_scope; });
    if (innermost == calls.rend()) return;
    close(event.process, *innermost);
    calls.erase(std::prev(innermost.base()));
}

void Compiles::end_iteration(const Event& event) {
    for (auto& [thread, calls] : open_) {
        if (thread.first != event.process || calls.empty()) continue;
        std::erase_if(calls, [&](Call& call) {
            if (call.is_scope || call.iteration != event.subject) return false;
            close(event.process, call);
            return true;
        });
    }
}

void Compiles::close(uint32_t process, Call& call) {
    if (call.compiles) {
        if (call.live.empty()) return;
        for (const uint64_t handle : call.live) tables_[{process, handle}] = compiled_.size();
        compiled_.push_back({process, call.op, call.ordinal, call.made, static_cast<uint32_t>(call.live.size())});
        return;
    }
    for (const uint32_t ordinal : {call.ordinal, kAny}) {
        Plain& plain = plain_[{process, call.op, ordinal}];
        ++plain.calls;
        plain.least = std::min(plain.least, call.made), plain.most = std::max(plain.most, call.made);
    }
}

void Compiles::freed(const Event& event) {
    if (const auto table = tables_.find({event.process, event.subject}); table != tables_.end()) {
        --compiled_[table->second].left;
        tables_.erase(table);
        return;
    }
    const auto open = open_.find({event.process, event.thread});
    if (open == open_.end()) return;
    for (auto call = open->second.rbegin(); call != open->second.rend(); ++call) {
        if (std::erase(call->live, event.subject) != 0) return;
    }
}

Compiles::Table Compiles::is_table(uint32_t process, uint64_t handle) const {
    const auto table = tables_.find({process, handle});
    if (table == tables_.end()) return Table::kNo;
    const Compiled& of = compiled_[table->second];
    const auto all = plain_.find({process, of.op, kAny});
    if (all == plain_.end()) return Table::kUnknown;
    const auto alike = plain_.find({process, of.op, of.ordinal});
    const Plain& plain = alike == plain_.end() ? all->second : alike->second;
    if (of.left + plain.most <= of.made) return all->second.calls >= kCallsToKnow ? Table::kYes : Table::kUnknown;
    return of.left + plain.least <= of.made ? Table::kUnknown : Table::kNo;
}

Repetition::Tables Compiles::tables_of(uint32_t process) const {
    Repetition::Tables tables;
    for (const auto& [block, number] : tables_) {
        if (block.first != process) continue;
        const Table table = is_table(process, block.second);
        if (table != Table::kNo) tables[block.second] = table == Table::kYes;
    }
    return tables;
}

}  // namespace ttmem

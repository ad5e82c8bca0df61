#include "src/analysis/leaks/compiles.h"

#include <algorithm>

namespace ttmem {
namespace {

constexpr uint64_t kCallsToKnow = 3;    // of an operation, that compiled nothing
constexpr uint32_t kFewestResults = 1;  // of a call

bool is_counted(const Event& event) {
    return event.holder == 0 && event.allocation_class != AllocationClass::kProgram &&
           event.allocation_class != AllocationClass::kTrace;
}

}  // namespace

void Compiles::applied(const Event& event) {
    switch (event.kind) {
        case EventKind::kOperationBegun:
            open_[{event.process, event.thread}].push_back({event.name, event.iteration, true, {}, {}});
            return;
        case EventKind::kOperationEnded:
            return end(event);
        case EventKind::kIterationEnded:
            return end_iteration(event);
        case EventKind::kFreed:
            return freed(event);
        case EventKind::kProgramDestroyed:
            return destroyed(event);
        case EventKind::kPlaceClosed:
            bereft_.erase(event.process);  // programs end with their device
            return;
        case EventKind::kAllocated:
            if (Call* call = is_counted(event) ? call_of(event) : nullptr) call->live.insert(event.subject);
            return;
        case EventKind::kProgramCreated:
            if (Call* call = call_of(event)) call->programs.push_back(event.subject);
            return;
        default:
            return;
    }
}

// The innermost call, or, for an operation without events of its begin and end, all that it does in an iteration. In
// none it would never end.
Compiles::Call* Compiles::call_of(const Event& event) {
    if (event.op == 0) return nullptr;
    std::vector<Call>& calls = open_[{event.process, event.thread}];
    if (!calls.empty() && calls.back().is_scope && calls.back().op == event.op) return &calls.back();
    if (event.iteration == 0) return nullptr;
    for (Call& call : calls) {
        if (!call.is_scope && call.op == event.op && call.iteration == event.iteration) return &call;
    }
    return &*calls.insert(calls.begin(), {event.op, event.iteration, false, {}, {}});
}

void Compiles::end(const Event& event) {
    const auto open = open_.find({event.process, event.thread});
    if (open == open_.end() || open->second.empty() || !open->second.back().is_scope) return;
    close(event.process, open->second.back());
    open->second.pop_back();
}

void Compiles::end_iteration(const Event& event) {
    for (auto& [thread, calls] : open_) {
        if (thread.first != event.process || calls.empty()) continue;
        std::erase_if(calls, [&](const Call& call) {
            if (call.is_scope || call.iteration != event.subject) return false;
            close(event.process, call);
            return true;
        });
    }
    if (const auto bereft = bereft_.find(event.process); bereft != bereft_.end()) {
        for (const size_t number : bereft->second) compiled_[number].is_outlived = true;
        bereft_.erase(bereft);
    }
}

void Compiles::close(uint32_t process, const Call& call) {
    const auto left = static_cast<uint32_t>(call.live.size());
    if (call.programs.empty()) {
        Plain& plain = plain_[{process, call.op}];
        ++plain.calls;
        plain.least = std::min(plain.least, left), plain.most = std::max(plain.most, left);
    } else if (left != 0) {
        for (const uint64_t handle : call.live) tables_[{process, handle}] = compiled_.size();
        for (const uint64_t handle : call.programs) programs_[{process, handle}] = compiled_.size();
        compiled_.push_back({call.op, left, left, call.programs.size(), false});
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
        if (call->live.erase(event.subject) != 0) return;
    }
}

void Compiles::destroyed(const Event& event) {
    const auto program = programs_.find({event.process, event.subject});
    if (program == programs_.end()) return;
    if (--compiled_[program->second].programs == 0) bereft_[event.process].push_back(program->second);
    programs_.erase(program);
}

Compiles::Table Compiles::is_table(uint32_t process, uint64_t handle) const {
    const auto table = tables_.find({process, handle});
    if (table == tables_.end()) return Table::kNo;
    const Compiled& of = compiled_[table->second];
    if (of.is_outlived) return Table::kNo;
    const auto found = plain_.find({process, of.op});
    if (found == plain_.end()) return Table::kUnknown;
    const Plain& plain = found->second;
    const auto is_beyond = [&](uint32_t results) { return of.left + std::max(results, kFewestResults) <= of.results; };
    if (is_beyond(plain.most)) return plain.calls >= kCallsToKnow ? Table::kYes : Table::kUnknown;
    return is_beyond(plain.least) ? Table::kUnknown : Table::kNo;
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

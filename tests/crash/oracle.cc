#include "tests/crash/oracle.h"

#include <algorithm>

namespace ttmem::crash {

void Oracle::begin(int thread, const Operation& operation) {
    for (const auto& other : in_flight_) overlapped_ |= other.has_value();
    in_flight_[thread] = operation;
    if (operation.kind == Operation::Kind::kBegin) held_[operation.subject].begun_by = operation;
    if (auto found = held_.find(operation.subject); found != held_.end()) {
        found->second.ends_in_flight += operation.kind == Operation::Kind::kEnd;
        found->second.marks_in_flight += operation.kind == Operation::Kind::kMark;
    }
    weigh(operation.subject);
}

void Oracle::end(int thread, bool happened) {
    const Operation operation = *in_flight_[thread];
    in_flight_[thread].reset();
    refused_ends_ += operation.kind == Operation::Kind::kEnd && !happened;
    if (happened && operation.wants_event) history_[thread].push_back(operation);
    auto found = held_.find(operation.subject);
    if (found == held_.end()) return;
    Held& held = found->second;
    switch (operation.kind) {
        case Operation::Kind::kBegin:
            held.begun = true;
            break;
        case Operation::Kind::kEnd:
            --held.ends_in_flight;
            held.gone = true;
            held.end_recorded |= happened;
            break;
        case Operation::Kind::kMark:
            --held.marks_in_flight;
            held.marked |= happened;
            break;
        case Operation::Kind::kEvent:
            break;
    }
    weigh(operation.subject);
    if (held.end_recorded && held.ends_in_flight == 0 && held.marks_in_flight == 0) held_.erase(found);
}

// Takes the row of `handle` anew: what it holds for certain and possibly, and the greatest of both so far. A block
// whose end is in flight counts as possible until that end has returned, also when another thread already knows of it.
void Oracle::weigh(uint64_t handle) {
    auto found = held_.find(handle);
    if (found == held_.end() || found->second.begun_by.body.op() != ledger::Op::kAlloc) return;
    const ledger::Body& body = found->second.begun_by.body;
    RowTruth& row = rows_[{body.session(), body.pool()}];
    row.certain = row.possible = {};
    for (const auto& [_, held] : held_) {
        const ledger::Body& other = held.begun_by.body;
        if (other.op() != ledger::Op::kAlloc || other.session() != body.session() || other.pool() != body.pool())
            continue;
        if (held.certain()) {
            row.certain.requested += other.requested_bytes();
            row.certain.reserved += other.reserved_bytes();
        }
        if (!held.end_recorded) {
            row.possible.requested += other.requested_bytes();
            row.possible.reserved += other.reserved_bytes();
        }
    }
    auto keep = [](uint64_t& greatest, uint64_t now) { greatest = std::max(greatest, now); };
    keep(row.greatest_certain.requested, row.certain.requested);
    keep(row.greatest_certain.reserved, row.certain.reserved);
    keep(row.greatest_possible.requested, row.possible.requested);
    keep(row.greatest_possible.reserved, row.possible.reserved);
}

}  // namespace ttmem::crash

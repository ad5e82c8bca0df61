#include <algorithm>

#include "src/capture/event_columns.h"
#include "src/capture/event_words.h"

namespace ttmem::capture {

void EventEncoder::put(Column column, uint64_t value) {
    const auto at = static_cast<size_t>(column);
    if (value == 0) {
        ++zeros_[at];
        return;
    }
    columns_[at].insert(columns_[at].end(), zeros_[at], 0);
    zeros_[at] = 0;
    put_number(columns_[at], value);
}

void EventEncoder::put_delta(Column column, uint64_t value, uint64_t& before) {
    put(column, fold_sign(value - before));
    before = value;
}

uint64_t EventEncoder::number_of(uint64_t holder, Side& process) {
    if (holder == 0) return 0;
    const auto next = static_cast<uint32_t>(process.holders.size() + 1);
    const auto [at, fresh] = process.number_of.try_emplace(holder, next);
    if (fresh) {
        process.holders.push_back(holder);
        put_delta(Column::kNewHolder, holder, process.holder);
    }
    return at->second;
}

void EventEncoder::put_body(const Seat& body, Seat& before) {
    const auto put_difference = [this](Column column, uint64_t value, uint64_t seat) {
        put(column, fold_sign(value - seat));
    };
    put_difference(Column::kAddress, body.address, before.address);
    put_difference(Column::kRequested, body.requested, before.requested);
    put_difference(Column::kBytesPerBank, body.bytes_per_bank, before.bytes_per_bank);
    put_difference(Column::kBanks, body.banks, before.banks);
    put_difference(Column::kDataBanks, body.data_banks, before.data_banks);
    put_difference(Column::kWhat, body.what, before.what);
    put_difference(Column::kPlace, body.place, before.place);
    put_difference(Column::kHolder, body.holder, before.holder);
    put_delta(Column::kIteration, body.iteration, last_.iteration);
    const uint64_t handle = before.handle;
    const bool taken = before.taken;
    before = body;
    before.handle = handle;
    before.taken = taken;
}

void EventEncoder::add_allocated(const Event& event, Side& process) {
    uint32_t number;
    uint64_t predicted;
    if (!process.left.empty()) {
        number = process.left.back();
        process.left.pop_back();
        predicted = process.seats[number].handle + kNextInSlot;
    } else {
        number = static_cast<uint32_t>(process.seats.size());
        process.seats.push_back(last_.body);
        predicted = process.handle + 1;
        process.handle = event.subject;
    }
    Seat& seat = process.seats[number];
    put(Column::kHandle, fold_sign(event.subject - predicted));
    put_body(body_of(event, number_of(event.holder, process)), seat);
    seat.handle = event.subject;
    seat.taken = true;
    last_.body = seat;
    process.seat_of[event.subject] = number;
}

void EventEncoder::add_subject(const Event& event, Side& process) {
    const auto kind = static_cast<size_t>(event.kind);
    const uint64_t subject = names_holder(event.kind) ? number_of(event.subject, process) : event.subject;
    put_delta(Column::kSubject, subject, last_.subject[kind]);
}

void EventEncoder::add(const Event& event) {
    Side& process = processes_[event.process];
    const auto kind = static_cast<size_t>(event.kind);
    put_delta(Column::kAt, static_cast<uint64_t>(event.at), last_.at);
    put_delta(Column::kProcess, event.process, last_.process);
    put(Column::kOrder, fold_sign(event.order - process.order - 1));
    process.order = event.order;
    put_delta(Column::kOp, event.op, last_.op);
    put_delta(Column::kTag, event.tag, last_.tag);
    put_delta(Column::kThread, event.thread, last_.thread);
    put_delta(Column::kName, event.name, last_.name[kind]);
    if (event.kind == EventKind::kAllocated) {
        put(Column::kKind, kind);
        return add_allocated(event, process);
    }
    const bool in_seat = event.kind == EventKind::kFreed || event.kind == EventKind::kMadePersistent;
    const auto known = in_seat ? process.seat_of.find(event.subject) : process.seat_of.end();
    const bool by_seat = known != process.seat_of.end();
    if (by_seat) {
        put_delta(Column::kSeat, known->second, last_.seat);
    } else {
        add_subject(event, process);
    }
    const Seat body = body_of(event, number_of(event.holder, process));
    const bool with_body =
        by_seat && event.kind == EventKind::kFreed ? !same_body(body, process.seats[known->second]) : has_memory(body);
    put(Column::kKind, kind | (by_seat ? kBySeat : 0) | (with_body ? kWithBody : 0));
    if (with_body) {
        put_body(body, last_.body);
    } else if (!by_seat || event.kind != EventKind::kFreed) {
        put_delta(Column::kWhat, body.what, last_.what[kind]);
        put_delta(Column::kPlace, body.place, last_.place[kind]);
        put_delta(Column::kIteration, body.iteration, last_.iteration);
    }
    if (by_seat && event.kind == EventKind::kMadePersistent) process.seats[known->second].what |= kPersistent;
    if (by_seat && event.kind == EventKind::kFreed) {
        process.seats[known->second].taken = false;
        process.left.push_back(known->second);
        process.seat_of.erase(known);
    }
    if (event.kind == EventKind::kProcessEnded) processes_.erase(event.process);
}

// Each column: how many bytes, and the bytes; zeros at its end are left out.
Bytes EventEncoder::encode(std::span<const Event> events) {
    for (const Event& event : events) add(event);
    Bytes payload;
    for (size_t i = 0; i < kColumns; ++i) {
        put_number(payload, columns_[i].size());
        payload.insert(payload.end(), columns_[i].begin(), columns_[i].end());
        columns_[i].clear();
        zeros_[i] = 0;
    }
    return payload;
}

}  // namespace ttmem::capture

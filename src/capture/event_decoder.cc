#include <algorithm>

#include "src/capture/event_columns.h"
#include "src/capture/event_words.h"
#include "src/capture/format.h"

namespace ttmem::capture {
namespace {

constexpr uint64_t kMost16 = UINT16_MAX, kMost32 = UINT32_MAX;

bool set_body(const Seat& body, Event& event) {
    const uint32_t pool = body.what & 7, allocation_class = body.what >> 3 & 7;
    if (pool >= kPoolCount || allocation_class > static_cast<uint32_t>(AllocationClass::kRuntime)) return false;
    event.address = body.address;
    event.requested_bytes = body.requested;
    event.bytes_per_bank = body.bytes_per_bank;
    event.iteration = body.iteration;
    event.place = body.place;
    event.banks = static_cast<uint16_t>(body.banks);
    event.data_banks = static_cast<uint16_t>(body.data_banks);
    event.pool = static_cast<Pool>(pool);
    event.allocation_class = static_cast<AllocationClass>(allocation_class);
    event.persistent = (body.what & kPersistent) != 0;
    return true;
}

}  // namespace

// Names the holder with this number for the first time, if need be.
bool EventDecoder::get_holder(uint64_t number, ProcessColumns& process) {
    if (number <= process.holders.size()) return true;
    const uint64_t delta = unfold_sign(get(Column::kNewHolder));
    if (number != process.holders.size() + 1 || delta == 0 || ++holders_ > kMostHolders) return false;
    process.holders.push_back(process.holder += delta);
    return true;
}

bool EventDecoder::get_body(Seat& body, ProcessColumns& process) {
    const auto small = [this](Column column, uint32_t& value, uint64_t most) {
        uint64_t wide = value;
        wide += unfold_sign(get(column));
        value = static_cast<uint32_t>(wide);
        return wide <= most;
    };
    get_delta(Column::kAddress, body.address);
    get_delta(Column::kRequested, body.requested);
    get_delta(Column::kBytesPerBank, body.bytes_per_bank);
    const bool fits = small(Column::kBanks, body.banks, kMost16) &&
                      small(Column::kDataBanks, body.data_banks, kMost16) && small(Column::kWhat, body.what, 127) &&
                      small(Column::kPlace, body.place, kMost32);
    get_delta(Column::kHolder, body.holder);
    body.iteration = static_cast<uint32_t>(get_delta(Column::kIteration, last_.iteration));
    return fits && last_.iteration <= kMost32 && get_holder(body.holder, process);
}

bool EventDecoder::read_allocated(Event& event, ProcessColumns& process) {
    uint32_t number;
    uint64_t predicted;
    if (!process.left.empty()) {
        number = process.left.back();
        process.left.pop_back();
        predicted = process.seats[number].handle + kNextInSlot;
        event.subject = predicted + unfold_sign(get(Column::kHandle));
    } else {
        number = static_cast<uint32_t>(process.seats.size());
        process.seats.push_back(last_.body);
        event.subject = process.handle += 1 + unfold_sign(get(Column::kHandle));
    }
    Seat& seat = process.seats[number];
    if (++live_ > kMostLive || !get_body(seat, process) || !set_body(seat, event)) return false;
    event.holder = seat.holder == 0 ? 0 : process.holders[seat.holder - 1];
    seat.handle = event.subject;
    seat.taken = true;
    last_.body = seat;
    return true;
}

bool EventDecoder::read_subject(Event& event, ProcessColumns& process) {
    event.subject = get_delta(Column::kSubject, last_.subject[static_cast<size_t>(event.kind)]);
    if (!names_holder(event.kind) || event.subject == 0) return true;
    if (!get_holder(event.subject, process)) return false;
    event.subject = process.holders[event.subject - 1];
    return true;
}

bool EventDecoder::read_by_seat(Event& event, bool with_body, ProcessColumns& process) {
    const uint64_t number = get_delta(Column::kSeat, last_.seat);
    if (number >= process.seats.size() || !process.seats[number].taken) return false;
    Seat& seat = process.seats[number];
    event.subject = seat.handle;
    if (event.kind == EventKind::kMadePersistent) {
        seat.what |= kPersistent;
        return true;
    }
    if (event.kind != EventKind::kFreed) return false;
    if (!with_body) {
        set_body(seat, event);
        event.holder = seat.holder == 0 ? 0 : process.holders[seat.holder - 1];
    }
    seat.taken = false;
    process.left.push_back(static_cast<uint32_t>(number));
    --live_;
    return true;
}

void EventDecoder::forget(uint32_t process) {
    const auto at = processes_.find(process);
    live_ -= static_cast<uint64_t>(
        std::count_if(at->second.seats.begin(), at->second.seats.end(), [](const Seat& seat) { return seat.taken; }));
    holders_ -= at->second.holders.size();
    processes_.erase(at);
    process_ = nullptr;
}

bool EventDecoder::read(Event& event, const Limits& limits) {
    const uint64_t what = get(Column::kKind), kind = what & (kBySeat - 1);
    if (what > 255 || kind < 1 || kind > static_cast<uint64_t>(EventKind::kProcessEnded)) return false;
    event.kind = static_cast<EventKind>(kind);
    event.at = static_cast<WallTime>(get_delta(Column::kAt, last_.at));
    const uint64_t before = last_.process;
    if (get_delta(Column::kProcess, last_.process) >= limits.processes) return false;
    event.process = static_cast<uint32_t>(last_.process);
    if (process_ == nullptr || before != last_.process) process_ = &processes_[event.process];
    ProcessColumns& process = *process_;
    process.order += 1 + unfold_sign(get(Column::kOrder));
    event.order = process.order;
    event.op = static_cast<uint32_t>(get_delta(Column::kOp, last_.op));
    event.tag = static_cast<uint32_t>(get_delta(Column::kTag, last_.tag));
    event.thread = static_cast<uint32_t>(get_delta(Column::kThread, last_.thread));
    event.name = static_cast<uint32_t>(get_delta(Column::kName, last_.name[kind]));
    const uint64_t texts = limits.texts;
    if (last_.op >= texts || last_.tag >= texts || last_.name[kind] >= texts || last_.thread > kMost32) return false;

    const bool by_seat = (what & kBySeat) != 0, with_body = (what & kWithBody) != 0;
    if (event.kind == EventKind::kAllocated) {
        if (what != kind || !read_allocated(event, process)) return false;
    } else {
        if (by_seat ? !read_by_seat(event, with_body, process) : !read_subject(event, process)) return false;
        if (with_body) {
            if (!get_body(last_.body, process) || !set_body(last_.body, event)) return false;
            event.holder = last_.body.holder == 0 ? 0 : process.holders[last_.body.holder - 1];
        } else if (!by_seat || event.kind != EventKind::kFreed) {
            Seat body;
            body.what = static_cast<uint32_t>(get_delta(Column::kWhat, last_.what[kind]));
            body.place = static_cast<uint32_t>(get_delta(Column::kPlace, last_.place[kind]));
            body.iteration = static_cast<uint32_t>(get_delta(Column::kIteration, last_.iteration));
            if (last_.what[kind] > 127 || last_.place[kind] > kMost32 || last_.iteration > kMost32) return false;
            if (!set_body(body, event)) return false;
        }
    }
    if (event.place != 0 && event.place >= limits.places) return false;
    if (event.kind == EventKind::kProcessEnded) forget(event.process);
    return true;
}

bool EventDecoder::decode(ByteCursor payload, size_t count, const Limits& limits, std::vector<Event>& events) {
    for (ByteCursor& column : columns_) column = payload.part(payload.number());
    if (!payload.ok() || payload.left() != 0) return false;
    events.resize(count);
    for (Event& event : events) {
        event = Event();
        if (!read(event, limits)) return false;
    }
    return std::all_of(columns_.begin(), columns_.end(), [](const ByteCursor& c) { return c.ok() && c.left() == 0; });
}

}  // namespace ttmem::capture

// What the words of a ring's event mean in the model.
#include <algorithm>
#include <utility>

#include "src/collector/join.h"
#include "src/collector/process_history.h"

namespace ttmem {

using ledger::Body;
using ledger::LedgerImage;
using ledger::Op;
using ledger::SessionImage;
using ledger::SessionState;
using ledger::TickConverter;

namespace {

std::optional<EventKind> kind_of(Op op) {
    switch (op) {
        case Op::kAlloc:
            return EventKind::kAllocated;
        case Op::kFree:
            return EventKind::kFreed;
        case Op::kPersistent:
            return EventKind::kMadePersistent;
        case Op::kSessionOpen:
            return EventKind::kPlaceOpened;
        case Op::kSessionClose:
            return EventKind::kPlaceClosed;
        case Op::kOpBegin:
            return EventKind::kOperationBegun;
        case Op::kOpEnd:
            return EventKind::kOperationEnded;
        case Op::kIterationBegin:
            return EventKind::kIterationBegun;
        case Op::kIterationEnd:
            return EventKind::kIterationEnded;
        case Op::kProgram:
            return EventKind::kProgramCreated;
        case Op::kProgramEnd:
            return EventKind::kProgramDestroyed;
        case Op::kCbPlan:
            return EventKind::kPlanChanged;
        case Op::kDispatch:
            return EventKind::kDispatched;
        case Op::kCbsFreed:
            return EventKind::kCircularBuffersFreed;
        case Op::kCacheCleared:
            return EventKind::kCacheCleared;
        case Op::kTrace:
            return EventKind::kTraceCaptured;
        case Op::kTraceReplay:
            return EventKind::kTraceReplayed;
        case Op::kTraceEnd:
            return EventKind::kTraceReleased;
        case Op::kFailure:
            return EventKind::kFailed;
        default:
            return std::nullopt;
    }
}

bool has_slot(EventKind kind) {
    return kind == EventKind::kAllocated || kind == EventKind::kFreed || kind == EventKind::kMadePersistent ||
           kind == EventKind::kProgramCreated || kind == EventKind::kProgramDestroyed ||
           kind == EventKind::kTraceCaptured || kind == EventKind::kTraceReleased;
}

bool has_place(EventKind kind) {
    return kind == EventKind::kAllocated || kind == EventKind::kFreed || kind == EventKind::kPlaceOpened ||
           kind == EventKind::kPlaceClosed || kind == EventKind::kPlanChanged || kind == EventKind::kDispatched ||
           kind == EventKind::kCacheCleared || kind == EventKind::kTraceCaptured || kind == EventKind::kTraceReplayed ||
           kind == EventKind::kTraceReleased;
}

}  // namespace

uint32_t ProcessHistory::text(const LedgerImage& image, uint64_t number) { return tables_.text(image.text(number)); }

// An owner is complete when its check is; one that was not yet is looked at again.
ProcessHistory::Owner ProcessHistory::owner(const LedgerImage& image, uint32_t number) {
    if (number == 0 || number >= image.owners.size()) return {};
    if (number >= owners_.size()) owners_.resize(image.owners.size());
    Owner& owner = owners_[number];
    if (owner.op == 0 && owner.tag == 0 && owner.thread == 0) {
        const ledger::OwnerImage& from = image.owners[number];
        owner = {text(image, from.op), text(image, from.tag), from.thread};
    }
    return owner;
}

// What no ring tells of places, the looks do: at `tell_at`, or not where that is 0.
void ProcessHistory::update_tables(const LedgerImage& image, const TickConverter& times, WallTime tell_at) {
    openings_.resize(std::max(openings_.size(), image.sessions.size()));
    for (size_t i = 1; i < image.sessions.size(); ++i) {
        const SessionImage& session = image.sessions[i];
        if (session.state == SessionState::kFree) continue;
        Opening& opening = openings_[i];
        const uint64_t name = opening_of(session, i);
        if (opening.opening == name && (opening.closed_at != 0 || session.state == SessionState::kOpen)) continue;
        const uint32_t index = 1 + tables_.place(ttmem::place_of(image, i, process_, times));
        const bool closes = session.state != SessionState::kOpen;
        if (tell_at != 0 && opening.opening != name) happened(EventKind::kPlaceOpened, tell_at, 0, index - 1);
        if (tell_at != 0 && closes) happened(EventKind::kPlaceClosed, tell_at, 0, index - 1);
        if (opening.opening != name) opening.before = opening.place;
        opening.opening = name;
        opening.place = index;
        opening.opened_at = times.wall_ns(session.opened_time);
        opening.closed_at = session.state == SessionState::kOpen ? 0 : times.wall_ns(session.closed_time);
    }
}

// A record that is used again is one that was closed for long, so that times tell which opening is meant.
uint32_t ProcessHistory::place_of(uint32_t session, WallTime at) const {
    if (session >= openings_.size() || openings_[session].place == 0) return kNoPlace;
    const Opening& opening = openings_[session];
    constexpr WallTime kTick = 20'000'000;
    if (at == 0 || at + kTick >= opening.opened_at) return opening.place - 1;
    return opening.before != 0 ? opening.before - 1 : kNoPlace;
}

void ProcessHistory::add_failures(const LedgerImage& image, const TickConverter& times) {
    for (const ledger::FailureImage& from : image.failures) {
        if (from.number < failures_seen_) continue;
        Failure failure = failure_figures(from, times);
        const uint32_t place = place_of(from.session, 0);
        if (from.session != 0 && place != kNoPlace) failure.place = PlaceIndex{place};
        const Owner who = owner(image, from.owner);
        failure.op = who.op;
        failure.tag = who.tag;
        if (failure.thread == 0) failure.thread = who.thread;
        failures_.push_back(failure);
        failure_numbers_.push_back(from.number);
        failures_seen_ = from.number + 1;
    }
}

uint64_t ProcessHistory::holder_of(const Body& body) const {
    const uint32_t number = body.holder_slot();
    if (number == 0 || number >= slots_.size()) return 0;
    const Slot& slot = slots_[number];
    return slot.handle != 0 && slot.body.op() != Op::kAlloc ? slot.handle : 0;
}

// Everything but who and when.
void ProcessHistory::describe(uint64_t handle, const Body& body, bool persistent, Event& event) const {
    event.process = process_.value;
    event.subject = handle;
    event.iteration = body.iteration();
    if (body.pool() < kPoolCount) event.pool = static_cast<Pool>(body.pool());
    if (has_place(event.kind)) event.place = place_of(body.session(), event.at);
    if (event.kind != EventKind::kAllocated && event.kind != EventKind::kFreed) return;
    event.address = body.address();
    event.requested_bytes = body.requested_bytes();
    event.bytes_per_bank = body.bytes_per_bank();
    event.banks = static_cast<uint16_t>(body.banks());
    event.data_banks = static_cast<uint16_t>(body.data_banks());
    event.holder = holder_at_begin(body).handle;
    event.persistent = persistent;
    if (body.allocation_class() <= static_cast<uint32_t>(AllocationClass::kRuntime)) {
        event.allocation_class = static_cast<AllocationClass>(body.allocation_class());
    }
}

// False: it says nothing that the model has.
bool ProcessHistory::tell(const Raw& raw, WallTime at, const LedgerImage& image, Event& event) {
    const Op op = raw.body.op();
    if (op == Op::kThread) threads_[raw.ring] = static_cast<uint32_t>(raw.subject >> 32);
    if (op == Op::kTraceBegin) made_in_capture_[raw.ring] = 1;
    const std::optional<EventKind> kind = kind_of(op);
    if (!kind) return false;
    bool persistent = false;
    if (has_slot(*kind)) {
        Slot& slot = slot_of(raw.subject);
        persistent = slot.persistent;
        if (!apply(raw)) return false;
        if (op == Op::kAlloc) persistent = slot.persistent;
        slot.at = std::max(slot.at, at);
        if (is_begin(op)) slot.began_at = at;
    }
    event.kind = *kind;
    event.at = at;
    describe(raw.subject, raw.body, persistent, event);
    if (op == Op::kFree) event.holder = holder_at_begin(slot_of(raw.subject).body).handle;
    uint64_t& made_in_capture = made_in_capture_[raw.ring];
    if (op == Op::kAlloc && made_in_capture != 0) ++made_in_capture;
    if (op == Op::kTrace) event.address = std::exchange(made_in_capture, 0);
    const bool ends = op == Op::kFree || op == Op::kProgramEnd || op == Op::kTraceEnd;
    const Owner who = owner(image, ends ? raw.low : raw.body.owner());
    event.op = who.op;
    event.tag = who.tag;
    event.thread = who.thread != 0 ? who.thread : threads_[raw.ring];
    switch (op) {
        case Op::kAlloc:
            event.stack = tables_.stack(image, raw.low, stacks_);
            break;
        case Op::kProgram:
        case Op::kProgramEnd:
        case Op::kTrace:
        case Op::kTraceEnd:
            event.name = text(image, ledger::holder_name(raw.body));
            break;
        case Op::kOpBegin:
        case Op::kOpEnd:
            event.name = text(image, raw.subject), event.subject = 0;
            break;
        case Op::kIterationBegin:
        case Op::kIterationEnd:
            event.name = text(image, raw.subject >> 32);
            event.subject = raw.subject & 0xffffff;
            break;
        case Op::kCbPlan:
            event.plan = plans_[raw.body.where];
            break;
        case Op::kSessionOpen:
        case Op::kSessionClose:
        case Op::kCacheCleared:
            event.subject = 0;
            break;
        case Op::kFailure: {
            const auto known = std::find(failure_numbers_.begin(), failure_numbers_.end(), raw.subject);
            event.subject =
                known == failure_numbers_.end() ? UINT64_MAX : static_cast<uint64_t>(known - failure_numbers_.begin());
            if (raw.body.session() != 0) event.place = place_of(raw.body.session(), at);
            break;
        }
        default:
            break;
    }
    return true;
}

// Of a slot that is live before the events: as the Joiner has it, but for the runtime's number of it.
Allocation ProcessHistory::allocation_of(const Slot& slot, const LedgerImage& image, const TickConverter& times) {
    const Body& body = slot.body;
    Allocation allocation;
    allocation.handle = slot.handle;
    allocation.address = DeviceAddress{body.address()};
    allocation.requested_bytes = body.requested_bytes();
    allocation.bytes_per_bank = body.bytes_per_bank();
    allocation.unique_id = image.unique_id(slot.handle);
    allocation.since = times.wall_ns(body.clock());
    allocation.process = process_;
    const uint32_t place = place_of(body.session(), allocation.since);
    allocation.place = PlaceIndex{place == kNoPlace ? 0 : place};
    const Owner who = owner(image, body.owner());
    allocation.op = who.op;
    allocation.tag = who.tag;
    allocation.thread = who.thread;
    if (body.holder_slot() != 0) {
        const uint64_t holder = holder_of(body);
        const bool younger = holder != 0 && body.clock() != 0 && slot_of(holder).body.clock() > body.clock();
        allocation.holder_ended = holder == 0 || younger;
        if (!allocation.holder_ended) {
            allocation.program = tables_.program(process_, holder);
            allocation.trace = tables_.trace(process_, holder);
        }
    }
    allocation.page_bytes = body.page_bytes();
    allocation.iteration = body.iteration();
    allocation.stack = tables_.stack(image, slot.stack, stacks_);
    allocation.banks = static_cast<uint16_t>(body.banks());
    allocation.data_banks = static_cast<uint16_t>(body.data_banks());
    if (body.pool() < kPoolCount) allocation.pool = static_cast<Pool>(body.pool());
    if (body.allocation_class() <= static_cast<uint32_t>(AllocationClass::kRuntime)) {
        allocation.allocation_class = static_cast<AllocationClass>(body.allocation_class());
    }
    allocation.persistent = slot.persistent;
    return allocation;
}

void ProcessHistory::add_holder(const Slot& slot, const LedgerImage& image, const TickConverter& times) {
    const Owner who = owner(image, slot.body.owner());
    if (slot.body.op() == Op::kProgram) {
        Program program;
        program.handle = slot.handle;
        program.unique_id = ledger::program_of(slot.body).unique_id;
        program.name = std::string(image.text(ledger::holder_name(slot.body)));
        program.process = process_;
        if (const WallTime at = times.wall_ns(slot.body.clock()); at != 0) program.created_at = at;
        program.op = who.op;
        program.tag = who.tag;
        program.thread = who.thread;
        program.iteration = slot.body.iteration();
        tables_.add(program);
        return;
    }
    const uint32_t place = place_of(slot.body.session(), 0);
    if (place == kNoPlace) return;
    Trace trace;
    trace.handle = slot.handle;
    trace.number = ledger::trace_of(slot.body).number;
    trace.name = std::string(image.text(ledger::holder_name(slot.body)));
    trace.process = process_;
    trace.place = PlaceIndex{place};
    if (const WallTime at = times.wall_ns(slot.body.clock()); at != 0) trace.captured_at = at;
    tables_.add(trace);
}

}  // namespace ttmem

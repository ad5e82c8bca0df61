#include "src/collector/join.h"

#include <algorithm>
#include <set>
#include <utility>

namespace ttmem {
namespace {

using ledger::LedgerImage;
using ledger::LiveSlot;
using ledger::Op;
using ledger::SessionImage;
using ledger::SessionState;
using ledger::TickConverter;

std::optional<WallTime> known(WallTime time) { return time != 0 ? std::optional(time) : std::nullopt; }

std::optional<uint64_t> known_figure(uint64_t value) {
    return value != UINT64_MAX ? std::optional(value) : std::nullopt;
}

PlaceKind place_kind(uint32_t kind) {
    return kind == 2 ? PlaceKind::kMesh : kind == 3 ? PlaceKind::kMeshPart : PlaceKind::kChip;
}

}  // namespace

void Joiner::add(Process process, const LedgerImage& image, const CbFiguresOfProcess& cbs, const TickConverter& times,
                 bool with_allocations) {
    process_ = ProcessIndex{static_cast<uint32_t>(snapshot_.processes.size())};
    add_places(image, times);
    add_owners(image);
    add_failures(image, times, process);
    std::set<uint32_t> ran = {0};
    for (const Owner& owner : owners_) {
        if (ran.insert(owner.op).second) process.operations.push_back(owner.op);
    }
    for (const ledger::RingImage& ring : image.rings) {
        for (const uint64_t iteration : ring.iterations) {
            if (iteration != 0) process.open_iterations.push_back(static_cast<uint32_t>(iteration & 0xffffff));
        }
    }
    snapshot_.processes.push_back(std::move(process));
    if (!with_allocations) return;
    add_programs(image, times);
    add_cbs(image, cbs, times);
    add_traces(image, times);
    add_allocations(image, times);
}

Joiner::Joiner(Snapshot& snapshot) : snapshot_(snapshot) {
    for (uint32_t i = 1; i < snapshot.texts.size(); ++i) texts_.emplace(snapshot.texts[i], i);
    std::vector<StackFrame> known(1);
    for (uint32_t i = 1; i < snapshot.stacks.size(); ++i) stacks_.find_or_add(known, snapshot.stacks[i]);
}

uint32_t Joiner::intern(std::string_view text) {
    if (text.empty()) return 0;
    const auto [at, fresh] = texts_.try_emplace(std::string(text), static_cast<uint32_t>(snapshot_.texts.size()));
    if (fresh) snapshot_.texts.emplace_back(text);
    return at->second;
}

Place place_of(const LedgerImage& image, size_t number, ProcessIndex process, const TickConverter& times) {
    const SessionImage& session = image.sessions[number];
    Place place;
    place.kind = place_kind(session.kind);
    place.number = static_cast<uint32_t>(session.number);
    place.name = std::string(image.text(session.name));
    for (size_t chip = 0; chip < image.chips.size(); ++chip) {
        if ((session.chips >> chip & 1) != 0) place.chips.push_back(ChipId{image.chips[chip].chip_id});
    }
    place.process = process;
    place.open = session.state == SessionState::kOpen;
    place.opened_at = known(times.wall_ns(session.opened_time));
    if (!place.open) place.closed_at = known(times.wall_ns(session.closed_time));
    place.registration = session.place;
    place.parent = static_cast<uint32_t>(session.parent);
    place.opening = opening_of(session, number);
    return place;
}

void Joiner::add_places(const LedgerImage& image, const TickConverter& times) {
    places_.assign(image.sessions.size(), 0);
    for (size_t i = 1; i < image.sessions.size(); ++i) {
        if (image.sessions[i].state == SessionState::kFree) continue;
        snapshot_.places.push_back(place_of(image, i, process_, times));
        places_[i] = static_cast<uint32_t>(snapshot_.places.size());
    }
}

void Joiner::add_owners(const LedgerImage& image) {
    owners_.clear();
    owners_.reserve(image.owners.size());
    for (const ledger::OwnerImage& owner : image.owners) {
        owners_.push_back({intern(image.text(owner.op)), intern(image.text(owner.tag)), owner.thread});
    }
    if (owners_.empty()) owners_.push_back({0, 0, 0});
}

Failure failure_figures(const ledger::FailureImage& from, const TickConverter& times) {
    Failure failure;
    if (from.kind <= static_cast<uint32_t>(FailureKind::kTraceRegion)) {
        failure.kind = static_cast<FailureKind>(from.kind);
    }
    if (from.pool < kPoolCount) failure.pool = static_cast<Pool>(from.pool);
    failure.at = times.wall_ns(from.time);
    failure.thread = from.thread;
    failure.requested_bytes = known_figure(from.requested_bytes);
    failure.bytes_per_bank = known_figure(from.bytes_per_bank);
    if (from.banks != 0) failure.banks = from.banks;
    failure.bank_bytes = known_figure(from.bank_bytes);
    failure.allocated_per_bank = known_figure(from.allocated_per_bank);
    failure.free_per_bank = known_figure(from.free_per_bank);
    failure.largest_free_per_bank = known_figure(from.largest_free_per_bank);
    return failure;
}

void Joiner::add_failures(const LedgerImage& image, const TickConverter& times, Process& process) {
    for (const ledger::FailureImage& from : image.failures) {
        Failure failure = failure_figures(from, times);
        if (from.session < places_.size() && places_[from.session] != 0) {
            failure.place = PlaceIndex{places_[from.session] - 1};
        }
        const Owner& owner = owners_[from.owner < owners_.size() ? from.owner : 0];
        failure.op = owner.op;
        failure.tag = owner.tag;
        if (failure.thread == 0) failure.thread = owner.thread;
        process.failures.push_back(failure);
    }
}

void Joiner::add_programs(const LedgerImage& image, const TickConverter& times) {
    holders_.clear();
    programs_.clear();
    for (const LiveSlot& slot : image.live) {
        if (slot.body.op() != Op::kProgram) continue;
        const ledger::ProgramBody body = ledger::program_of(slot.body);
        Program program;
        program.handle = slot.handle;
        program.unique_id = body.unique_id;
        program.name = std::string(image.text(body.name));
        program.process = process_;
        program.created_at = known(times.wall_ns(body.clock));
        const Owner owner = owner_of(body.owner);
        program.op = owner.op;
        program.tag = owner.tag;
        program.thread = owner.thread;
        program.iteration = body.iteration;
        snapshot_.programs.push_back(std::move(program));
        const auto index = static_cast<uint32_t>(snapshot_.programs.size());
        programs_[slot.handle] = index;
        holders_[static_cast<uint32_t>(ledger::handle_slot(slot.handle))] = {index, 0, body.clock};
    }
}

// What a program reserves where, and what those that are gone left behind: they are listed because of it.
void Joiner::add_cbs(const LedgerImage& image, const CbFiguresOfProcess& cbs, const TickConverter& times) {
    if (cbs.chips.empty()) return;
    for (size_t i = 0; i < image.holdings.size(); ++i) {
        const ledger::HoldingImage& holding = image.holdings[i];
        const ledger::PairImage& pair = image.pairs[holding.pair];
        const auto [at, fresh] = programs_.try_emplace(holding.program, 0);
        if (fresh) {
            Program program;
            program.handle = holding.program;
            program.name = std::string(image.text(holding.name));
            program.process = process_;
            program.created_at = known(times.wall_ns(holding.time));
            const Owner owner = owner_of(holding.owner);
            program.op = owner.op;
            program.tag = owner.tag;
            program.thread = owner.thread;
            program.iteration = holding.iteration;
            program.destroyed = true;
            snapshot_.programs.push_back(std::move(program));
            at->second = static_cast<uint32_t>(snapshot_.programs.size());
        }
        ProgramCbs held;
        held.place = PlaceIndex{places_[pair.session] - 1};
        if (pair.plan != 0) held.plan = cbs.plans[pair.plan - 1];
        held.left_behind = holding.left_behind;
        held.released = image.sessions[pair.session].state != SessionState::kOpen;
        held.reserved_bytes = cbs.holdings[i].reserved_bytes;
        held.largest_core = cbs.holdings[i].largest_core;
        for (const HoldingFigures::OnChip& on : cbs.holdings[i].resident) {
            held.resident_bytes += on.bytes;
            held.resident_on.push_back({ChipId{image.chips[on.chip].chip_id}, on.cores});
        }
        snapshot_.programs[at->second - 1].cbs.push_back(std::move(held));
    }
}

void Joiner::add_traces(const LedgerImage& image, const TickConverter& times) {
    std::unordered_map<uint64_t, const ledger::TraceImage*> records;
    for (const ledger::TraceImage& record : image.traces) records[record.handle] = &record;
    for (const LiveSlot& slot : image.live) {
        if (slot.body.op() != Op::kTrace) continue;
        const ledger::TraceBody body = ledger::trace_of(slot.body);
        // Whatever is known of it: it lives, and what it holds is no leak.
        Holder& holder = holders_[static_cast<uint32_t>(ledger::handle_slot(slot.handle))];
        holder = {0, 0, body.clock};
        const uint32_t session = body.session;
        const auto record = records.find(slot.handle);
        // The record of its session may be used again, by another place perhaps: then it has none.
        if (session >= places_.size() || places_[session] == 0 || record == records.end()) continue;
        Trace trace;
        trace.handle = slot.handle;
        trace.number = body.number;
        trace.name = std::string(image.text(body.name));
        trace.process = process_;
        trace.place = PlaceIndex{places_[session] - 1};
        trace.captured_at = known(times.wall_ns(body.clock));
        trace.plans = record->second->plans;
        trace.replayed = record->second->replayed;
        trace.released = image.sessions[session].state != SessionState::kOpen;
        snapshot_.traces.push_back(std::move(trace));
        holder.trace = static_cast<uint32_t>(snapshot_.traces.size());
    }
}

void Joiner::add_allocations(const LedgerImage& image, const TickConverter& times) {
    LedgerStacks stacks;
    const auto text = [&](uint32_t number) { return intern(image.text(number)); };
    if (!each_) snapshot_.allocations.reserve(snapshot_.allocations.size() + image.live.size());
    for (const LiveSlot& slot : image.live) {
        const ledger::Body& body = slot.body;
        if (body.op() != Op::kAlloc) continue;
        Allocation allocation;
        allocation.handle = slot.handle;
        allocation.address = DeviceAddress{body.address()};
        allocation.requested_bytes = body.requested_bytes();
        allocation.bytes_per_bank = body.bytes_per_bank();
        allocation.unique_id = image.unique_id(slot.handle);
        allocation.since = times.wall_ns(body.clock());
        allocation.process = process_;
        allocation.place = PlaceIndex{places_[body.session()] - 1};
        const Owner& owner = owners_[body.owner() < owners_.size() ? body.owner() : 0];
        allocation.op = owner.op;
        allocation.tag = owner.tag;
        allocation.thread = owner.thread;
        if (body.holder_slot() != 0) {
            // A program that was created later has only got the slot of the one that held this.
            const auto holder = holders_.find(body.holder_slot());
            allocation.holder_ended = holder == holders_.end() || holder->second.clock > body.clock();
            if (!allocation.holder_ended) {
                allocation.program = holder->second.program;
                allocation.trace = holder->second.trace;
            }
        }
        allocation.page_bytes = body.page_bytes();
        allocation.iteration = body.iteration();
        if (slot.stack != 0) allocation.stack = stacks.find(image, slot.stack, snapshot_.stacks, stacks_, text);
        allocation.banks = static_cast<uint16_t>(body.banks());
        allocation.data_banks = static_cast<uint16_t>(body.data_banks());
        allocation.pool = static_cast<Pool>(body.pool());
        allocation.allocation_class = static_cast<AllocationClass>(body.allocation_class());
        allocation.persistent = slot.persistent();
        allocation.released = image.sessions[body.session()].state != SessionState::kOpen;
        allocation.leaked = slot.leaked != 0;
        if (each_) {
            each_(snapshot_, allocation);
        } else {
            snapshot_.allocations.push_back(allocation);
        }
    }
}

}  // namespace ttmem

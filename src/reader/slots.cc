#include "src/reader/slots.h"

#include <algorithm>
#include <cstring>

#include "src/reader/threads.h"

namespace ttmem::ledger {
namespace {

constexpr int kLooks = 8;  // at a slot whose words do not fit together while its process lives
constexpr uint32_t kClasses = 5;

// a is the later generation; the numbers go round.
bool is_newer(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) > 0; }

bool begins_slot(Op op) { return op == Op::kAlloc || op == Op::kProgram || op == Op::kTrace; }

bool ends_slot(Op op) { return op == Op::kFree || op == Op::kProgramEnd || op == Op::kTraceEnd; }

LiveSlot live_slot(uint64_t handle, uint64_t check, uint64_t control, const Body& body) {
    // A trace or program has no leaks of its own.
    return {handle, static_cast<uint32_t>(check), static_cast<uint16_t>(control_state(control)),
            control_is_leaked(control), body};
}

// What an event makes of a slot that goes on living; kFree: it is no such event.
SlotState state_after(Op op) {
    switch (op) {
        case Op::kPersistent:
            return SlotState::kPersistent;
        case Op::kCbsFreed:
            return static_cast<SlotState>(ProgramState::kCbsFreed);
        case Op::kCbPlan:
            return static_cast<SlotState>(ProgramState::kLive);
        default:
            return SlotState::kFree;
    }
}

bool banks_fit(const Body& body) { return body.data_banks() <= body.banks(); }

uint32_t generation_mark(uint64_t handle) { return static_cast<uint32_t>(handle_generation(handle)); }

}  // namespace

void SlotTable::begin(const ByteSource& source, const Regions& regions, PageBuffer<LiveSlot>& live, uint64_t room,
                      bool follow, bool writer_is_dead, uint32_t threads) {
    source_ = &source;
    regions_ = &regions;
    live_ = &live;
    follow_ = follow;
    dead_ = writer_is_dead;
    threads_ = threads;
    scanned_ = torn_ = bad_ = 0;
    room_ = std::min(room, regions.slots.count);
    live.reserve(room_);
    live.set_size(0);
    if (follow) marks_.reserve(room_);
    sums_.begin(regions.sessions.count * kPools);
    workers_.resize(threads);
    for (Worker& worker : workers_) worker.sums.begin(sums_.keys());
    added_.clear();
}

bool SlotTable::read_slots(uint64_t first, uint64_t count, void* into) {
    const Extent& extent = regions_->slots;
    const uint64_t offset = extent.offset + first * extent.stride;
    if (extent.stride == sizeof(RawSlot)) return source_->read(offset, into, count * sizeof(RawSlot));
    wide_.resize(count * extent.stride / 8);
    if (!source_->read(offset, wide_.data(), count * extent.stride)) return false;
    for (uint64_t i = 0; i < count; ++i) {
        std::memcpy(static_cast<RawSlot*>(into) + i, wide_.data() + i * extent.stride / 8, sizeof(RawSlot));
    }
    return true;
}

std::vector<SlotTable::Part> SlotTable::parts_up_to(uint64_t end) {
    std::vector<Part> parts;
    LiveSlot* end_of_live = live_->data() + live_->size();
    for (uint64_t first = scanned_; first < end; first += kSlotsOfPart) {
        parts.push_back({first, std::min(kSlotsOfPart, end - first), end_of_live + (first - scanned_)});
    }
    return parts;
}

bool SlotTable::scan_to(uint64_t end) {
    end = std::min(end, room_);
    std::vector<Part> parts = parts_up_to(end);
    const bool plain = regions_->slots.stride == sizeof(RawSlot);  // others are copied twice, by way of one buffer
    share_out(parts.size(), plain ? threads_ : 1, [&](size_t i, size_t thread) { scan(parts[i], workers_[thread]); });
    for (const Part& part : parts) {
        if (!part.whole) return false;
        append(part);
    }
    scanned_ = end;
    for (const Part& part : parts) {
        for (const uint32_t number : part.doubtful) look_again(number);
    }
    return true;
}

void SlotTable::scan(Part& part, Worker& worker) {
    worker.copied.reserve(std::min(kSlotsInCache, room_));
    for (uint64_t done = 0; done < part.count; done += kSlotsInCache) {
        const uint64_t count = std::min(kSlotsInCache, part.count - done);
        if (!read_slots(part.first + done, count, worker.copied.data())) return;
        filter(part, part.first + done, count, worker);
    }
    part.whole = true;
}

bool SlotTable::is_sound(const Body& body) const {
    if (body.allocation_class() >= kClasses) return false;
    if (body.op() != Op::kAlloc) return begins_slot(body.op());
    return body.session() != 0 && body.session() < regions_->sessions.count && body.pool() < kPools && banks_fit(body);
}

// Moves the live ones of the slots that were copied to their place. A million times per snapshot.
void SlotTable::filter(Part& part, uint64_t first, uint64_t count, Worker& worker) {
    for (uint64_t i = 0; i < count; ++i) {
        const RawSlot& copy = worker.copied[i];
        const uint64_t number = first + i, control = copy.control, generation = control_generation(control);
        if (follow_) mark(number) = {static_cast<uint32_t>(generation), 0};
        if (!control_is_live(control) || number == 0) continue;
        const uint64_t handle = make_handle(generation, number);
        if (fold(body_sum(handle, copy.body)) != copy.check >> 32) {
            part.doubtful.push_back(static_cast<uint32_t>(number));
            continue;
        }
        if (!is_sound(copy.body)) {
            ++part.bad;
            continue;
        }
        LiveSlot& kept = part.at[part.kept++];
        kept = live_slot(handle, copy.check, control, copy.body);
        if (follow_) mark(number).index = static_cast<uint32_t>(&kept - live_->data()) + 1;
        if (kept.body.op() == Op::kAlloc) worker.sums[key_of(kept.body)].add(kept.body);
    }
}

// What is left free before the part is filled from its end: the order of live slots tells nothing.
void SlotTable::append(const Part& part) {
    LiveSlot* end = live_->data() + live_->size();
    const size_t moved = std::min(static_cast<size_t>(part.at - end), part.kept);
    const LiveSlot* source = part.at + part.kept - moved;
    for (size_t i = 0; i < moved; ++i) {
        end[i] = source[i];
        if (follow_) mark(handle_slot(end[i].handle)).index = static_cast<uint32_t>(live_->size() + i + 1);
    }
    live_->set_size(live_->size() + part.kept);
    bad_ += part.bad;
}

// A slot was copied while its words changed, or it is damaged. `mark` says not live and the generation of the first
// look, which the next look can only raise.
void SlotTable::look_again(uint64_t number) {
    for (int look = 0; look < (dead_ ? 0 : kLooks); ++look) {
        RawSlot raw;
        if (!read_slots(number, 1, &raw)) break;
        const uint64_t generation = control_generation(raw.control);
        if (follow_) mark(number).generation = static_cast<uint32_t>(generation);
        if (!control_is_live(raw.control)) return;
        if (fold(body_sum(make_handle(generation, number), raw.body)) != raw.check >> 32) continue;
        if (!is_sound(raw.body)) {
            ++bad_;
            return;
        }
        live_->push_back(live_slot(make_handle(generation, number), raw.check, raw.control, raw.body));
        if (raw.body.op() == Op::kAlloc) sums_[key_of(raw.body)].add(raw.body);
        if (follow_) mark(number).index = static_cast<uint32_t>(live_->size());
        return;
    }
    ++torn_;
}

Figures SlotTable::figures(uint32_t session, uint32_t pool) const {
    const size_t key = session * kPools + pool;
    Sum sum = sums_.of(key);
    for (const Worker& worker : workers_) sum.add(worker.sums.of(key));
    const uint64_t reserved = sum.reserved > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(sum.reserved);
    return {sum.requested, reserved, sum.allocations};
}

void SlotTable::apply(const RawEvent& event) {
    const uint64_t number = handle_slot(event.subject);
    const Op op = event.body.op();
    const bool begins = begins_slot(op);
    const SlotState changed = state_after(op);
    if (!begins && !ends_slot(op) && changed == SlotState::kFree) return;
    if (number == 0 || number >= scanned_) return;
    Mark& known = mark(number);
    const uint32_t generation = generation_mark(event.subject);
    const bool same = known.generation == generation;
    if (!same && !is_newer(generation, known.generation)) return;  // the slot has been seen later than this
    if (changed != SlotState::kFree) {
        if (same && known.index != 0) (*live_)[known.index - 1].state = static_cast<uint16_t>(changed);
        return;
    }
    if (begins && same) return;  // seen, as live or as freed already
    if (known.index != 0) remove(known.index - 1);
    known.generation = generation;
    if (begins) add({event.subject, event.low(), static_cast<uint16_t>(SlotState::kLive), 0, event.body});
}

void SlotTable::add(const LiveSlot& slot) {
    if (!is_sound(slot.body)) {
        ++bad_;
        return;
    }
    if (slot.body.op() == Op::kAlloc) sums_[key_of(slot.body)].add(slot.body);
    live_->push_back(slot);
    mark(handle_slot(slot.handle)).index = static_cast<uint32_t>(live_->size());
    added_.push_back(slot.handle);
    if (added_.size() > room_) {
        std::erase_if(added_, [&](uint64_t handle) {
            const Mark& known = mark(handle_slot(handle));
            return known.index == 0 || (*live_)[known.index - 1].handle != handle;
        });
        std::sort(added_.begin(), added_.end());
        added_.erase(std::unique(added_.begin(), added_.end()), added_.end());
    }
}

void SlotTable::remove(uint32_t index) {
    PageBuffer<LiveSlot>& live = *live_;
    const Body& body = live[index].body;
    if (body.op() == Op::kAlloc) sums_[key_of(body)].take(body);
    mark(handle_slot(live[index].handle)).index = 0;
    const LiveSlot& last = live[live.size() - 1];
    if (index + 1 < live.size()) {
        live[index] = last;
        mark(handle_slot(last.handle)).index = index + 1;
    }
    live.set_size(live.size() - 1);
}

void SlotTable::finish() {
    for (const uint64_t handle : added_) {
        const Mark& known = mark(handle_slot(handle));
        if (known.index == 0 || (*live_)[known.index - 1].handle != handle) continue;
        if ((*live_)[known.index - 1].body.op() != Op::kAlloc) continue;  // events tell of a program
        RawSlot raw;
        if (!read_slots(handle_slot(handle), 1, &raw)) return;
        const bool same = control_generation(raw.control) == handle_generation(handle);
        if (!same || !control_is_live(raw.control)) continue;
        LiveSlot& slot = (*live_)[known.index - 1];
        slot = live_slot(slot.handle, slot.stack, raw.control, slot.body);
    }
}

}  // namespace ttmem::ledger

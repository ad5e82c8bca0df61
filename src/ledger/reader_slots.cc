#include "src/ledger/reader_slots.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>

namespace ttmem::ledger {
namespace {

constexpr int kLooks = 8;  // at a slot whose words do not fit together while its process lives
constexpr uint32_t kClasses = 5;

// a is the later generation; the numbers go round.
bool is_newer(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) > 0; }

bool begins_slot(Op op) { return op == Op::kAlloc || op == Op::kProgram || op == Op::kTrace; }

bool ends_slot(Op op) { return op == Op::kFree || op == Op::kProgramEnd || op == Op::kTraceEnd; }

// Of a live slot. A trace or program has no leaks of its own.
uint32_t marks_of(uint64_t control) {
    return (control_state(control) == SlotState::kPersistent ? kPersistentMark : 0) |
           (control_is_leaked(control) ? kLeakedMark : 0);
}

uint32_t generation_mark(uint64_t handle) { return static_cast<uint32_t>(handle_generation(handle)); }

}  // namespace

void SlotTable::begin(const ByteSource& source, const Regions& regions, PageBuffer<LiveSlot>& live, bool follow,
                      bool writer_is_dead, uint32_t threads) {
    source_ = &source;
    regions_ = &regions;
    live_ = &live;
    follow_ = follow;
    dead_ = writer_is_dead;
    threads_ = threads;
    scanned_ = torn_ = bad_ = 0;
    live.reserve(regions.slots.count);
    live.set_size(0);
    if (follow) marks_.reserve(regions.slots.count);
    sums_.assign(regions.sessions.count * kPools, {});
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
    LiveSlot* at = live_->data() + live_->size();
    for (uint64_t first = scanned_; first < end; first += kSlotsOfPart) {
        parts.push_back({first, std::min(kSlotsOfPart, end - first), at + (first - scanned_)});
    }
    return parts;
}

// Each thread takes the next part that nobody has taken, so that one which the kernel stops for a while takes fewer.
bool SlotTable::scan_to(uint64_t end) {
    end = std::min(end, regions_->slots.count);
    std::vector<Part> parts = parts_up_to(end);
    const bool plain = regions_->slots.stride == sizeof(RawSlot);  // others are copied twice, by way of one buffer
    const size_t threads = plain ? std::clamp<size_t>(parts.size(), 1, threads_) : 1;
    std::vector<std::vector<Sum>> sums(threads - 1, std::vector<Sum>(sums_.size()));
    std::atomic<size_t> next{0};
    const auto scan_parts = [&](std::vector<Sum>& into) {
        for (size_t i = next++; i < parts.size(); i = next++) scan(parts[i], into);
    };
    std::vector<std::future<void>> others;
    for (std::vector<Sum>& into : sums) {
        // In this thread, later, where there can be no other one.
        others.push_back(std::async([&] { scan_parts(into); }));
    }
    scan_parts(sums_);
    for (std::future<void>& other : others) other.get();
    for (const std::vector<Sum>& of_thread : sums) {
        for (size_t key = 0; key < sums_.size(); ++key) sums_[key].add(of_thread[key]);
    }
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

// The slots are copied to where the live ones of them will stand, so that a full table is copied once.
void SlotTable::scan(Part& part, std::vector<Sum>& sums) {
    for (uint64_t done = 0; done < part.count; done += kSlotsInCache) {
        const uint64_t count = std::min(kSlotsInCache, part.count - done);
        if (!read_slots(part.first + done, count, part.at + part.kept)) return;
        filter(part, part.first + done, count, sums);
    }
    part.whole = true;
}

[[gnu::always_inline]] inline bool SlotTable::is_sound(const Body& body) const {
    if (body.allocation_class() >= kClasses) return false;
    if (body.op() == Op::kAlloc) {
        const uint32_t session = body.session();
        const bool stands =
            session != 0 && session < regions_->sessions.count && body.pool() < kPools;  // GCOV_EXCL_BR_LINE: copies
        return stands && body.data_banks() <= body.banks();                              // GCOV_EXCL_BR_LINE: copies
    }
    return begins_slot(body.op());
}

// A million times per snapshot: a slot that stays where it is gets its first two words changed and no more, and the
// sums of a session are carried along in registers as long as its slots follow one another.
void SlotTable::filter(Part& part, uint64_t first, uint64_t count, std::vector<Sum>& sums) {
    const LiveSlot* from = part.at + part.kept;
    LiveSlot* to = part.at + part.kept;
    Figures running;
    static_assert(kSlotsInCache <= 4096, "of so many slots, each of less than 2^52 bytes, the sums cannot overflow");
    size_t key = 0;
    for (uint64_t i = 0; i < count; ++i, ++from) {
        const uint64_t number = first + i, control = from->handle, generation = control_generation(control);
        bool kept = false;
        if (control_is_live(control) && number != 0) {
            const uint64_t handle = make_handle(generation, number);
            const Body& body = from->body;
            if (fold(body_sum(handle, body)) != from->marks) {
                part.doubtful.push_back(static_cast<uint32_t>(number));
            } else if (!is_sound(body)) {
                ++part.bad;
            } else {
                kept = true;
                if (body.op() == Op::kAlloc) {
                    const size_t now = key_of(body);
                    if (now != key) {
                        sums[key].add(running);
                        running = {};
                        key = now;
                    }
                    running.requested += body.requested_bytes();
                    running.reserved += body.reserved_bytes();
                    ++running.allocations;
                }
                to->handle = handle;
                to->stack = from->stack;
                to->marks = marks_of(control);
                if (to != from) to->body = body;
                ++to;
            }
        }
        if (follow_) {
            const auto index = static_cast<uint32_t>(to - live_->data());
            mark(number) = {static_cast<uint32_t>(generation), kept ? index : 0};
        }
    }
    sums[key].add(running);
    part.kept = static_cast<size_t>(to - part.at);
}

// What is left free before the part is filled from its end: the order of live slots tells nothing.
void SlotTable::append(const Part& part) {
    LiveSlot* end = live_->data() + live_->size();
    const size_t moved = std::min(static_cast<size_t>(part.at - end), part.kept);
    const LiveSlot* from = part.at + part.kept - moved;
    for (size_t i = 0; i < moved; ++i) {
        end[i] = from[i];
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
        live_->push_back(
            {make_handle(generation, number), static_cast<uint32_t>(raw.check), marks_of(raw.control), raw.body});
        if (raw.body.op() == Op::kAlloc) sums_[key_of(raw.body)].add(raw.body);
        if (follow_) mark(number).index = static_cast<uint32_t>(live_->size());
        return;
    }
    ++torn_;
}

Figures SlotTable::figures(uint32_t session, uint32_t pool) const {
    const Sum& sum = sums_[session * kPools + pool];
    const uint64_t reserved = sum.reserved > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(sum.reserved);
    return {sum.requested, reserved, sum.allocations};
}

void SlotTable::apply(const RawEvent& event) {
    const uint64_t number = handle_slot(event.subject);
    const Op op = event.body.op();
    const bool begins = begins_slot(op);
    const bool marks = op == Op::kPersistent || op == Op::kCbsFreed || op == Op::kCbPlan;
    if (!begins && !ends_slot(op) && !marks) return;
    if (number == 0 || number >= scanned_) return;
    Mark& known = mark(number);
    const uint32_t generation = generation_mark(event.subject);
    const bool same = known.generation == generation;
    if (!same && !is_newer(generation, known.generation)) return;  // the slot has been seen later than this
    if (marks) {
        if (same && known.index != 0) (*live_)[known.index - 1].marks = op != Op::kCbPlan ? kPersistentMark : 0;
        return;
    }
    if (begins && same) return;  // seen, as live or as freed already
    if (known.index != 0) remove(known.index - 1);
    known.generation = generation;
    if (begins) add({event.subject, event.low(), 0, event.body});
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
    if (added_.size() > regions_->slots.count) {
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
        if ((*live_)[known.index - 1].body.op() != Op::kAlloc) continue;  // a program's marks are told by events
        RawSlot raw;
        if (!read_slots(handle_slot(handle), 1, &raw)) return;
        const bool same = control_generation(raw.control) == handle_generation(handle);
        if (same && control_is_live(raw.control)) (*live_)[known.index - 1].marks = marks_of(raw.control);
    }
}

}  // namespace ttmem::ledger

#include "src/client/tables/free_slots.h"

#include <sys/mman.h>

#include "src/client/file/ledger_file.h"
#include "src/client/process/process.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {

namespace {
// Each costs a system call, and memory comes back when other processes end.
constexpr uint32_t kTriesToSkip = 1024;

constexpr uint32_t slot_of(uint64_t head) { return static_cast<uint32_t>(head); }
constexpr uint64_t with_next_tag(uint64_t head, uint32_t slot) { return ((head >> 32) + 1) << 32 | slot; }
}  // namespace

constinit FreeSlots free_slots;

bool FreeSlots::reset(uint64_t count) {
    if (next_in_batch_ != nullptr) munmap(next_in_batch_, count_ * 8);
    next_in_batch_ = nullptr;
    void* memory = mmap(nullptr, count * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return false;
    next_in_batch_ = static_cast<std::atomic<uint32_t>*>(memory);
    next_batch_ = next_in_batch_ + count;
    count_ = count;
    head_.store(0, kRelaxed);
    unused_.store(1, kRelaxed);
    ready_.store(count < ledger::kSlotStep ? count : ledger::kSlotStep, kRelaxed);
    tries_to_skip_.store(0, kRelaxed);
    return true;
}

uint32_t FreeSlots::take(uint32_t* slots, uint32_t room) {
    const uint32_t taken = pop(slots, room);
    return taken != 0 ? taken : take_unused(slots, (room + 1) / 2);
}

uint32_t FreeSlots::pop(uint32_t* slots, uint32_t room) {
    uint64_t head = head_.load(std::memory_order_acquire);
    uint32_t slot;
    bool popped;
    do {
        slot = slot_of(head);
        if (slot == 0) return 0;
        const uint64_t next = with_next_tag(head, next_batch_[slot].load(kRelaxed));
        popped = head_.compare_exchange_weak(head, next, std::memory_order_acquire, std::memory_order_acquire);
    } while (!popped);  // GCOV_EXCL_BR_LINE: a race
    uint32_t taken = 0;
    for (; slot != 0 && taken < room; slot = next_in_batch_[slot].load(kRelaxed)) slots[taken++] = slot;
    uint32_t rest[kSlotCache];  // of a batch of a thread with a larger cache
    uint32_t count = 0;
    for (; slot != 0; slot = next_in_batch_[slot].load(kRelaxed)) rest[count++] = slot;
    give(rest, count);
    return taken;
}

uint32_t FreeSlots::take_unused(uint32_t* slots, uint32_t room) {
    uint64_t first = unused_.load(kRelaxed);
    uint64_t end;
    do {
        const uint64_t ready = ready_.load(std::memory_order_acquire);
        if (first >= ready && !grow()) return 0;
        end = first + room;
        const uint64_t most = ready_.load(std::memory_order_acquire);
        if (end > most) end = most;
    } while (!unused_.compare_exchange_weak(first, end, kRelaxed));  // GCOV_EXCL_BR_LINE: a race
    ledger::detail::raise<ledger::RealStore>(live_header().slots_used, end);
    const uint32_t taken = static_cast<uint32_t>(end - first);
    for (uint32_t i = 0; i < taken; ++i) slots[i] = static_cast<uint32_t>(end - 1 - i);  // the lowest on top
    return taken;
}

// Gives one more step of slots its memory. False: there are no more, or there is no memory for them now.
bool FreeSlots::grow() {
    LockGuard guard(process.page->slots);
    const uint64_t first = ready_.load(kRelaxed);
    if (unused_.load(kRelaxed) < first) return true;  // GCOV_EXCL_BR_LINE: a race, another thread has done it
    if (first >= count_) return false;
    const uint32_t skip = tries_to_skip_.load(kRelaxed);
    if (skip != 0) {
        tries_to_skip_.store(skip - 1, kRelaxed);
        return false;
    }
    const uint64_t end = first + ledger::kSlotStep < count_ ? first + ledger::kSlotStep : count_;
    if (!take_step(first, end)) {
        tries_to_skip_.store(kTriesToSkip, kRelaxed);
        return false;
    }
    ledger::make_slots_ready(process.map, first, end, process.first_generation);
    ready_.store(end, kRelease);
    return true;
}

bool FreeSlots::take_step(uint64_t first, uint64_t end) {
    ledger::Slot* slots = process.map.slots + first;
    if (!populate(slots, (end - first) * sizeof *slots)) return false;
    if (populate(process.map.unique_ids + first, (end - first) * sizeof(ledger::Word))) return true;
    give_memory_back(slots, (end - first) * sizeof *slots);
    return false;
}

void FreeSlots::give(const uint32_t* slots, uint32_t count) {
    if (count == 0) return;
    uint32_t first = 0;
    for (uint32_t i = 0; i < count; ++i) {
        next_in_batch_[slots[i]].store(first, kRelaxed);
        first = slots[i];
    }
    uint64_t head = head_.load(kRelaxed);
    bool given;
    do {
        next_batch_[first].store(slot_of(head), kRelaxed);
        given = head_.compare_exchange_weak(head, with_next_tag(head, first), std::memory_order_release, kRelaxed);
    } while (!given);  // GCOV_EXCL_BR_LINE: a race
}

uint32_t fair_cache_limit(uint32_t threads) {
    const uint64_t share = process.map.geometry.slots / (4 * static_cast<uint64_t>(threads));
    return share >= kSlotCache ? kSlotCache : share < 2 ? 2 : static_cast<uint32_t>(share);
}

}  // namespace ttmem::client

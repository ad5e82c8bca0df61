#include "src/client/slots.h"

#include <string.h>
#include <sys/mman.h>

#include "src/client/sessions.h"
#include "src/client/slow_path.h"
#include "src/client/thread.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {

namespace {
constexpr uint32_t slot_of(uint64_t head) { return static_cast<uint32_t>(head); }
constexpr uint64_t with_next_tag(uint64_t head, uint32_t slot) { return ((head >> 32) + 1) << 32 | slot; }
}  // namespace

constinit FreeSlots free_slots;

bool FreeSlots::reset(uint64_t count) {
    if (next_in_batch_ != nullptr) munmap(next_in_batch_, count_ * 8);
    next_in_batch_ = nullptr;
    void* memory = mmap(nullptr, count * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    next_in_batch_ = static_cast<std::atomic<uint32_t>*>(memory);
    next_batch_ = next_in_batch_ + count;
    count_ = count;
    head_.store(0, kRelaxed);
    unused_.store(1, kRelaxed);
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
        if (first >= count_) return 0;
        end = first + room < count_ ? first + room : count_;
    } while (!unused_.compare_exchange_weak(first, end, kRelaxed));  // GCOV_EXCL_BR_LINE: a race
    ledger::detail::raise<ledger::RealStore>(live_header().slots_used, end);
    const uint32_t taken = static_cast<uint32_t>(end - first);
    for (uint32_t i = 0; i < taken; ++i) slots[i] = static_cast<uint32_t>(end - 1 - i);  // the lowest on top
    return taken;
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

bool refill(Thread& thread) {
    const SlowPath slow;
    thread.cache_limit = fair_cache_limit(process.threads.load(kRelaxed));
    if (!has_ring(thread)) claim_ring(thread);  // perhaps another thread has ended
    thread.cached = free_slots.take(thread.cache, thread.cache_limit);
    if (thread.cached == 0 && sessions.retire_released()) {
        thread.cached = free_slots.take(thread.cache, thread.cache_limit);
    }
    return thread.cached != 0;
}

void hand_over_half(Thread& thread) {
    const uint32_t half = (thread.cached + 1) / 2;
    free_slots.give(thread.cache, half);
    thread.cached -= half;
    memmove(thread.cache, thread.cache + half, thread.cached * sizeof thread.cache[0]);
}

}  // namespace ttmem::client

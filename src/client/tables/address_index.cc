#include "src/client/tables/address_index.h"

#include <sys/mman.h>

#include "src/client/process/process.h"
#include "src/client/tables/session_records.h"
#include "src/client/tables/slot.h"

namespace ttmem::client {

constinit AddressIndex address_index;

namespace {

Lock& lock_of(uint32_t bucket) { return process.page->shards[bucket % kShards].lock; }

}  // namespace

bool AddressIndex::reset(uint64_t slots) {
    if (entries_ != nullptr) munmap(entries_, bytes_);
    entries_ = nullptr;
    uint64_t buckets = kShards;
    while (buckets < slots) buckets *= 2;
    bytes_ = slots * sizeof(Entry) + buckets * sizeof(uint32_t);
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return false;
    entries_ = static_cast<Entry*>(memory);
    heads_ = reinterpret_cast<uint32_t*>(entries_ + slots);
    bucket_mask_ = static_cast<uint32_t>(buckets - 1);
    return true;
}

uint32_t AddressIndex::bucket_of(ttmem_place place, uint32_t pool, uint64_t address) const {
    const uint64_t sum = address * ledger::kOdd[0] + (static_cast<uint64_t>(place) << 4 | pool) * ledger::kOdd[1];
    return static_cast<uint32_t>(sum >> 32) & bucket_mask_;
}

void AddressIndex::add(uint32_t slot, ttmem_place place, uint32_t pool, uint64_t address) {
    const uint32_t bucket = bucket_of(place, pool, address);
    LockGuard guard(lock_of(bucket));
    entries_[slot] = {heads_[bucket], place};
    heads_[bucket] = slot;
}

// Its key stands in the slot, which still has the words of its last allocation.
void AddressIndex::remove(uint32_t slot) {
    const ledger::Slot& words = process.map.slots[slot];
    // 0: a free by address was faster; what it read of the entry is over (its store releases).
    const ttmem_place place = __atomic_load_n(&entries_[slot].place, __ATOMIC_ACQUIRE);
    if (place == 0) return;
    const uint32_t pool = words.order.load(kRelaxed) & 0xf;
    const uint32_t bucket = bucket_of(place, pool, words.where.load(kRelaxed) >> 24);
    LockGuard guard(lock_of(bucket));
    if (entries_[slot].place != 0) unlink(bucket, slot);  // GCOV_EXCL_BR_LINE: a race
}

void AddressIndex::unlink(uint32_t bucket, uint32_t slot) {
    uint32_t* link = &heads_[bucket];
    while (*link != 0 && *link != slot) link = &entries_[*link].next;
    if (*link == slot) *link = entries_[slot].next;
    __atomic_store_n(&entries_[slot].place, 0, __ATOMIC_RELEASE);
}

AddressIndex::Found AddressIndex::take(ttmem_place place, uint32_t pool, uint64_t address) {
    const uint32_t bucket = bucket_of(place, pool, address);
    LockGuard guard(lock_of(bucket));
    uint32_t open_slot = 0, released_slot = 0;
    Found found;
    uint64_t open_handle = 0, released_handle = 0;
    for (uint32_t slot = heads_[bucket]; slot != 0; slot = entries_[slot].next) {
        if (entries_[slot].place != place) continue;
        const ledger::Slot& words = process.map.slots[slot];
        const uint64_t control = words.control.load(std::memory_order_acquire);
        const uint64_t order = words.order.load(kRelaxed);
        if (!ledger::control_is_live(control) || (order & 0xf) != pool || words.where.load(kRelaxed) >> 24 != address) {
            continue;
        }
        const uint64_t handle = ledger::make_handle(ledger::control_generation(control), slot);
        if (!session_records.is_open(session_of(order))) {
            if (released_slot == 0) released_slot = slot, released_handle = handle;
        } else if (open_slot == 0) {
            open_slot = slot, open_handle = handle;
        } else {
            found.ambiguous = true;
            break;
        }
    }
    const uint32_t slot = open_slot != 0 ? open_slot : released_slot;
    if (slot == 0) return found;
    found.handle = open_slot != 0 ? open_handle : released_handle;
    unlink(bucket, slot);
    return found;
}

}  // namespace ttmem::client

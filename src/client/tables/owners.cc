#include "src/client/tables/owners.h"

#include "src/client/process/process.h"
#include "src/client/process/slow_path.h"
#include "src/ledger/recorder.h"

namespace ttmem::client {

constinit Owners owners;

uint32_t Owners::find_or_add(ttmem_text op, ttmem_text tag, uint32_t thread) {
    const uint64_t op_and_tag = static_cast<uint64_t>(op) << 32 | tag;
    const uint64_t hash = (op_and_tag * ledger::kOdd[0] + thread * ledger::kOdd[1]) * ledger::kOdd[2];
    uint32_t added = 0;
    for (uint64_t number = hash >> 40;; ++number) {
        std::atomic<uint32_t>& bucket = buckets_[number % kBuckets];
        uint32_t found = bucket.load(std::memory_order_acquire);
        if (found == 0) {
            if (added == 0) added = add(op_and_tag, thread);  // GCOV_EXCL_BR_LINE: a race
            if (added == 0) {
                count(live_header().owners_full);
                return thread != 0 ? find_or_add(op, tag, 0) : 0;
            }
            const bool mine =
                bucket.compare_exchange_strong(found, added, std::memory_order_acq_rel, std::memory_order_acquire);
            if (mine) return added;  // GCOV_EXCL_BR_LINE: a race
        }
        const ledger::OwnerRecord& record = process.map.owners[found];
        const bool same_names = record.op_and_tag.load(kRelaxed) == op_and_tag;
        const bool same_thread = record.thread.load(kRelaxed) == thread;
        if (same_names && same_thread) return found;  // GCOV_EXCL_BR_LINE: the numbers of threads share buckets
    }
}

// 0 when there is no record left for it. The last ones are for owners without a thread.
uint32_t Owners::add(uint64_t op_and_tag, uint32_t thread) {
    uint64_t number = used_.load(kRelaxed);
    do {
        const uint64_t records = process.map.geometry.owners;
        if (number >= (thread != 0 ? records / 8 * 7 : records) || !has_memory(number)) return 0;
    } while (!used_.compare_exchange_weak(number, number + 1, kRelaxed));  // GCOV_EXCL_BR_LINE: a race

    ledger::OwnerRecord& record = process.map.owners[number];
    const uint64_t words[] = {op_and_tag, thread};
    record.op_and_tag.store(op_and_tag, kRelaxed);
    record.thread.store(thread, kRelaxed);
    record.check.store(ledger::check_sum(words, 2), kRelaxed);

    ledger::detail::raise<ledger::RealStore>(live_header().owners_used, number + 1);
    return static_cast<uint32_t>(number);
}

bool Owners::has_memory(uint64_t number) {
    if (number < ready_.load(std::memory_order_acquire)) return true;
    const SlowPath slow;
    LockGuard guard(process.page->owners);
    if (!table_.reach((number + 1) * sizeof(ledger::OwnerRecord))) return false;
    ready_.store(table_.ready() / sizeof(ledger::OwnerRecord), kRelease);
    return true;
}

void Owners::reset() {
    used_.store(1, kRelaxed);
    table_.reset(process.map.owners, process.map.geometry.owners * sizeof(ledger::OwnerRecord));
    ready_.store(table_.ready() / sizeof(ledger::OwnerRecord), kRelaxed);
}

}  // namespace ttmem::client

#include "src/client/registry/failures.h"

#include "src/client/process/slow_path.h"
#include "src/client/sessions/sessions.h"
#include "src/client/threads/history.h"

namespace ttmem::client {
namespace {

// Gives its number. Requires: the book's lock.
uint64_t write(const Thread& thread, const ttmem_failure& failure, uint32_t session) {
    const uint64_t number = live_header().failures.load(kRelaxed);
    ledger::FailureRecord& record = process.map.failures[number % process.map.geometry.failures];
    const uint64_t words[] = {failure.kind | static_cast<uint64_t>(failure.pool) << 8 |
                                  static_cast<uint64_t>(failure.banks) << 16 | static_cast<uint64_t>(session) << 32,
                              static_cast<uint64_t>(thread.recorder.owner) << 32 | thread.tid,
                              failure.requested_bytes,
                              failure.bytes_per_bank,
                              failure.bank_bytes,
                              failure.allocated_per_bank,
                              failure.free_per_bank,
                              failure.largest_free_per_bank,
                              process.clock.now(),
                              process.map.sessions[session].control.load(kRelaxed) >> 8,
                              0,
                              0,
                              0,
                              0};
    constexpr size_t kWords = sizeof words / sizeof words[0];
    static_assert(kWords == sizeof(ledger::FailureRecord) / 8 - 2);
    record.position.store(0, kRelaxed);
    ledger::RealStore::fence();
    ledger::Word* target = &record.what;
    for (size_t i = 0; i < kWords; ++i) target[i].store(words[i], kRelaxed);
    record.check.store(ledger::check_sum(words, kWords), kRelaxed);
    record.position.store(number + 1, std::memory_order_release);
    live_header().failures.store(number + 1, std::memory_order_release);
    return number;
}

}  // namespace

ttmem_result record_failure(const ttmem_failure* failure) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    const SlowPath slow;
    if (failure == nullptr || failure->kind < TTMEM_FAILURE_OUT_OF_MEMORY ||
        failure->kind > TTMEM_FAILURE_TRACE_REGION || failure->pool >= ledger::kPools) {
        return refuse();
    }
    bool known = false;
    const uint32_t session = open_session(call.thread, failure->place, known);  // most often it is open
    if (!known) {
        return refuse();
    }
    uint64_t number;
    {
        LockGuard guard(process.page->book);
        number = write(call.thread, *failure, session);
    }
    refresh_anchor();
    if (wants_history()) record_plain_event(call.thread, ledger::Op::kFailure, number, session, failure->pool);
    return TTMEM_OK;
}

}  // namespace ttmem::client

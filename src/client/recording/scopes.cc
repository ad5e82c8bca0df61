#include "src/client/recording/scopes.h"

#include "src/client/recording/handles.h"
#include "src/client/tables/owners.h"
#include "src/client/tables/texts.h"
#include "src/client/threads/history.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {
namespace {

constexpr uint64_t kIterationNumbers = 1 << 24;

// The innermost operation that is kept.
ttmem_text current_op(const Thread& thread) {
    const uint32_t depth = thread.op_count < kMaxOps ? thread.op_count : kMaxOps;
    return depth == 0 ? 0 : thread.ops[depth - 1];
}

void update_owner(Thread& thread) {
    thread.recorder.owner = owners.find_or_add(current_op(thread), thread.tag, thread.tid);
    thread.recorder.ring->owner.store(thread.recorder.owner, kRelaxed);
}

uint32_t number_of(uint64_t iteration) { return iteration & (kIterationNumbers - 1); }

// A thread without a ring is in no list of open iterations, so what it allocates must not claim to belong to one: it
// would look like left over from an iteration that is over.
void update_iteration(Thread& thread) {
    const uint32_t depth = kept_iterations(thread);
    thread.recorder.iteration = depth != 0 && has_ring(thread) ? number_of(thread.iterations[depth - 1]) : 0;
}

ttmem_result open_iteration(Thread& thread, ttmem_text name) {
    const uint32_t depth = thread.iteration_count++;
    // Nobody could tell what outlives it.
    if (depth >= ledger::kMaxIterationDepth || !has_ring(thread)) count(live_header().iterations_lost);
    if (depth >= ledger::kMaxIterationDepth) return TTMEM_FULL;
    uint64_t begun, number;
    do {
        begun = live_header().iterations_begun.fetch_add(1, kRelaxed) + 1;
        number = begun % kIterationNumbers;
    } while (number == 0);
    // Read now and kept as the thread's last reading, so that what it allocates from here on is not earlier.
    if (begun == 1) live_header().first_iteration.store(process.clock.now(thread.stamp), kRelaxed);
    const uint64_t iteration = static_cast<uint64_t>(name) << 32 | number;
    thread.iterations[depth] = iteration;
    thread.recorder.ring->iterations[depth].store(iteration, std::memory_order_release);
    update_iteration(thread);
    if (wants_history()) record_plain_event(thread, ledger::Op::kIterationBegin, iteration);
    return TTMEM_OK;
}

// Requires: there is one.
void close_iteration(Thread& thread) {
    const uint32_t depth = --thread.iteration_count;
    if (depth >= ledger::kMaxIterationDepth) return;
    const uint64_t iteration = thread.iterations[depth];
    update_iteration(thread);
    thread.recorder.ring->iterations[depth].store(0, std::memory_order_release);
    count(live_header().iterations_ended);
    if (wants_history()) record_plain_event(thread, ledger::Op::kIterationEnd, iteration);
}

// Those that the program itself marks are inside the one that TTMEM_ITERATIONS_BY made.
uint32_t own_iterations_begin(const Thread& thread) { return thread.counts_op ? 1 : 0; }

// The operation that TTMEM_ITERATIONS_BY names begins: the next iteration, if this is the outermost of its name. A
// thread that is in iterations of its own keeps to them.
[[gnu::cold]] void count_op(Thread& thread, ttmem_text op, uint32_t outer_ops) {
    for (uint32_t i = 0; i < outer_ops; ++i) {
        if (thread.ops[i] == op) return;
    }
    if (op == 0 || thread.iteration_count != own_iterations_begin(thread)) return;
    if (thread.counts_op) close_iteration(thread);
    thread.counts_op = true;
    open_iteration(thread, op);
}

}  // namespace

ttmem_result begin_op(ttmem_text op) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    Thread& thread = call.thread;
    if (!texts.is_known(op)) return refuse();
    const uint32_t depth = thread.op_count++;
    if (depth >= kMaxOps) [[unlikely]] {
        count(live_header().ops_too_deep);
        return TTMEM_FULL;
    }
    if (op == process.iterations_by) [[unlikely]]
        count_op(thread, op, depth);
    thread.ops[depth] = op;
    update_owner(thread);
    if (wants_history()) record_plain_event(thread, ledger::Op::kOpBegin, op);
    return TTMEM_OK;
}

ttmem_result end_op() {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    Thread& thread = call.thread;
    if (thread.op_count == 0) return TTMEM_UNKNOWN;
    if (thread.op_count > kMaxOps) {
        --thread.op_count;
        return TTMEM_OK;
    }
    const ttmem_text op = current_op(thread);
    --thread.op_count;
    update_owner(thread);
    if (wants_history()) record_plain_event(thread, ledger::Op::kOpEnd, op);
    return TTMEM_OK;
}

ttmem_text set_tag(ttmem_text tag) {
    Call call;
    if (!call.ready()) return 0;
    Thread& thread = call.thread;
    const ttmem_text last = thread.tag;
    if (!texts.is_known(tag)) {
        refuse();
        return last;
    }
    thread.tag = tag;
    update_owner(thread);
    return last;
}

ttmem_result begin_iteration(ttmem_text name) {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    return texts.is_known(name) ? open_iteration(call.thread, name) : refuse();
}

ttmem_result end_iteration() {
    Call call;
    if (!call.ready()) return TTMEM_NOT_TRACKED;
    if (call.thread.iteration_count == own_iterations_begin(call.thread)) return TTMEM_UNKNOWN;
    close_iteration(call.thread);
    return TTMEM_OK;
}

}  // namespace ttmem::client

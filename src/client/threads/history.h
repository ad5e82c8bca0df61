// Events that are not allocations: sessions, scopes, iterations, marks, levels.
//
// `subject` of an event, for each Op:
//   kThread          the ring's `thread` word: tid 32 | number of the thread in this ring 32
//   kOpBegin, kOpEnd the text of the operation; `who` has the owner from then on
//   kIterationBegin, kIterationEnd  as in RingHeader::iterations: name 32 | number 32
//   kSessionOpen, kSessionClose     the place; `order` has the session
//   kPersistent      the handle
//   kView            the unique id of the view; the other words as of an allocation
//   kFailure         the number of the failure record, from 0
//   kLevel           the new level
//   kProgram .. kTraceEnd, kCbPlan, kDispatch, kCbsFreed, kTraceReplay   the handle of the program or trace
//   kCacheCleared    the place
#pragma once

#include "src/client/threads/thread.h"

namespace ttmem::client {

// Finds memory for the events of the thread's ring at its first event. False: no history.
bool prepare_history(Thread& thread);

// Whether this operation goes to history, with the memory for it at hand.
inline bool wants_event(Thread& thread) { return thread.recorder.events != nullptr || prepare_history(thread); }

// Records an event with only a time, the owner and these, if the thread has history. Level: events.
void record_plain_event(Thread& thread, ledger::Op op, uint64_t subject, uint64_t session = 0, uint64_t pool = 0,
                        uint64_t where = 0);

// The anchors of the clock are brought up to date every so many events of a ring.
constexpr uint64_t kAnchorEvents = 65536;

inline bool wants_anchor(const Thread& thread) {
    return (thread.recorder.ring->position.load(std::memory_order_relaxed) & (kAnchorEvents - 1)) == 0;
}

inline bool wants_history() { return process.level.load(std::memory_order_relaxed) >= TTMEM_LEVEL_EVENTS; }

}  // namespace ttmem::client

// A ring: what one recording thread says of itself, and the operation that it is in.
#pragma once

#include "src/ledger/words.h"

namespace ttmem::ledger {

enum class Op : uint8_t {
    kNone = 0,
    kAlloc = 1,  // also the kind of a slot
    kFree = 2,
    kProgram = 3,  // created; also the kind of a slot
    kProgramEnd = 4,
    kTrace = 5,  // captured; also the kind of a slot
    kTraceEnd = 6,
    kView = 16,
    kPersistent = 17,
    kOpBegin = 18,
    kOpEnd = 19,
    kIterationBegin = 20,
    kIterationEnd = 21,
    kSessionOpen = 22,
    kSessionClose = 23,
    kThread = 24,  // a thread took this ring
    kFailure = 25,
    kLevel = 26,
    kCbPlan = 32,
    kDispatch = 33,
    kCacheCleared = 34,
    kTraceReplay = 35,
    kCbsFreed = 36,
    kTraceBegin = 37,
};

// One recording thread: its position, and the one operation that it is in.
struct alignas(64) RingHeader {
    // line 0: written at every operation
    Word sequence;     // 2 x finished operations, + 1 while one is in flight
    Word position;     // events written so far: event p stands at p mod count
    Word redo_handle;  // the slot operation in flight
    Word redo_op;      // Op 8 | event wanted 1
    Word redo_order;   // of a free's event: as Event::order
    Word redo_time;    //                    as Event::time
    Word redo_who;     //                    owner of the free
    Word reserved0;
    // line 1: written when the thread or its scopes change
    alignas(64) Word thread;  // tid 32 | 1 + number of threads that had this ring before 32; tid 0: nobody's
    Word thread_name;         // text
    Word owner;               // owner now
    Word capacity;            // events in the ring; 0 without history
    Word iterations[kMaxIterationDepth];  // open ones, outermost first: name 32 | number 24 (low); 0 none
    // line 2
    alignas(64) Word order;  // Lamport number at the last hand-back
    Word reserved1[7];
};
static_assert(sizeof(RingHeader) == 192);

}  // namespace ttmem::ledger

// The bytes of circular-buffer plans, of who holds them, of what was dispatched last, and of traces.
//
// A *plan* is one record in an append-only arena, the same for all programs with the same circular buffers. A *pair* is
// a plan in one session (one opening of a place) and keeps the newest dispatch there. A *holding* says that a program
// reserves a pair. Everything is O(1) in chips and in live programs: a mesh is one session; creating a program, giving
// back its circular buffers and destroying it are one committing store each, and a dispatch is one store.
//
//   reserved on a chip   union of the plans of all holdings whose program lives, has not given its circular buffers
//                        back, and whose session is open there
//   resident on a core   of the pairs whose plan covers it, in any session of the chip, the one with the newest ticket,
//                        if its session is open and its program lives and holds it; else 0, never an older one. So
//                        pairs outlive their programs and the closing of their session
//   left behind          a holding whose program was destroyed: it did not give its circular buffers back. It reserves
//                        nothing, and is a leak
//
// Tickets number dispatches. A program is named by its slot (20 bits) next to a ticket: it lives if the slot is a live
// program that was created before the ticket was drawn (ProgramBody::created_after).
//
// A plan that was changed waits beside the one in force until the program's next dispatch at that place: the store of
// the dispatch puts it in force, too, and the holding is brought up to date behind it.
#pragma once

#include "src/ledger/layout.h"

namespace ttmem::ledger {

// ---- plans ----

// A plan: {PlanHead, then per buffer {PlanBuffer, its ranges, two to a word}}. Its number is its offset in the region /
// 8, so the region begins with 8 unused bytes.
struct PlanHead {
    uint32_t words;    // of the whole record
    uint32_t buffers;  // 1 to kMaxPlanBuffers
    uint64_t check;    // check_sum over the words after the head, plus both numbers of the first word
};
struct PlanBuffer {
    uint8_t index;
    uint8_t flags;    // kPlanAliased, kPlanDataflow, kPlanScratchpad
    uint16_t ranges;  // at most kMaxPlanRanges
    uint32_t reserved;
    uint64_t address;  // 0 when aliased
    uint64_t bytes;    // per core
};
static_assert(sizeof(PlanHead) == 16 && sizeof(PlanBuffer) == 24);
constexpr uint8_t kPlanAliased = 1, kPlanDataflow = 2, kPlanScratchpad = 4;  // as TTMEM_CB_*
constexpr uint32_t kMaxPlanBuffers = 64;
constexpr uint32_t kMaxPlanRanges = 256;
constexpr uint32_t kMaxCoreCoordinate = 32;  // coordinates are below: a Blackhole's grid is 17 x 12
constexpr uint64_t kMaxPlanWords = 2 + kMaxPlanBuffers * (3 + kMaxPlanRanges / 2);

// x0 8 | y0 8 | x1 8 | y1 8, from the low end; both corners included.
constexpr uint32_t pack_range(uint8_t x0, uint8_t y0, uint8_t x1, uint8_t y1) {
    return static_cast<uint32_t>(x0) | static_cast<uint32_t>(y0) << 8 | static_cast<uint32_t>(x1) << 16 |
           static_cast<uint32_t>(y1) << 24;
}
constexpr uint64_t plan_check(const uint64_t* record, uint64_t words) {
    return check_sum(record + 2, words - 2) + record[0] * kOdd[0];
}

// ---- pairs ----

struct PairRecord {  // 16 bytes; record 0 is never used
    Word key;        // plan 32 | session 12 | check 20; 0 free; stored last
    Word newest;     // ticket 44 | slot of the program 20; 0: never dispatched. Only ever raised
};
static_assert(sizeof(PairRecord) == 16);
constexpr uint64_t pack_pair_key(uint64_t plan, uint64_t session) {
    const uint64_t rest = plan << 32 | session << 20;
    return rest | (fold(rest * kOdd[0] + kOdd[7]) & 0xfffff);
}
constexpr uint64_t pair_plan(uint64_t key) { return key >> 32; }
constexpr uint32_t pair_session(uint64_t key) { return key >> 20 & 0xfff; }
constexpr uint64_t pack_newest(uint64_t ticket, uint64_t slot) { return ticket << kSlotBits | slot; }
constexpr uint64_t newest_ticket(uint64_t newest) { return newest >> kSlotBits; }
constexpr uint64_t newest_slot(uint64_t newest) { return newest & (kMaxSlots - 1); }

// ---- holdings ----

struct alignas(64) HoldingRecord {  // record 0 is never used
    Word program;                   // handle; 0 free; stored last
    Word check;                     // check_sum over program, who, where, time
    Word who;                       // owner 32 | name of the program 32
    Word where;                     // place 32 | iteration in which the program was created 24
    Word time;                      // clock of the program's creation
    Word pairs;                     // pair in force 32 | pair from the next dispatch on 32; 0 none
    Word planned;                   // newest ticket when the latter was planned
    Word next;                      // the writer's: another holding of this program; 0 none
};
static_assert(sizeof(HoldingRecord) == 64);
constexpr uint64_t pack_pairs(uint64_t in_force, uint64_t waiting) { return in_force << 32 | waiting; }

// The pair that a holding has in force. `newest` is of the pair that waits: its program's dispatch may have come before
// the holding was brought up to date.
constexpr uint32_t pair_in_force(uint64_t pairs, uint64_t planned, uint64_t program, uint64_t newest) {
    const auto waiting = static_cast<uint32_t>(pairs);
    const bool dispatched =
        waiting != 0 && newest_slot(newest) == handle_slot(program) && newest_ticket(newest) > planned;
    return dispatched ? waiting : static_cast<uint32_t>(pairs >> 32);
}

// ---- traces ----

// A replay draws `count` tickets and stores the first: entry i counts as dispatched with ticket replay + i. A release
// raises the pairs to that before the trace's slot ends. A record belongs to a live slot of kind Op::kTrace or is
// ignored; that slot names the record (TraceBody::record).
struct alignas(64) TraceRecord {
    Word trace;     // handle; 0 free; stored last, but before its slot goes live
    Word check;     // check_sum over trace, entries, captured, session
    Word entries;   // first entry 32 | count 32
    Word captured;  // ticket drawn at the end of the capture: programs that were created later are not meant
    Word session;
    Word replay;  // first ticket of the newest replay; 0 never
    Word reserved[2];
};
static_assert(sizeof(TraceRecord) == 64);
// An entry: pair 32 | slot of the program 20 (low).
constexpr uint64_t pack_entry(uint64_t pair, uint64_t slot) { return pair << 32 | slot; }
constexpr uint32_t entry_pair(uint64_t entry) { return static_cast<uint32_t>(entry >> 32); }
constexpr uint32_t entry_slot(uint64_t entry) { return entry & (kMaxSlots - 1); }

}  // namespace ttmem::ledger

// A ledger as read: a private, validated copy, in which every number is in range. What the process says of itself stays
// a claim, and texts stay foreign bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/ledger/layout.h"
#include "src/reader/buffer.h"
#include "src/reader/validate.h"

namespace ttmem::ledger {

// An allocation, program or trace that is in its slot. As large as the slot it came from: there may be a million.
struct LiveSlot {
    uint64_t handle;
    uint32_t stack;
    uint16_t state;   // of an allocation or trace a SlotState, of a program a ProgramState
    uint16_t leaked;  // before its place was closed: 1
    Body body;        // pool, class and session are in range, the session is not free

    bool persistent() const {  // an allocation
        return body.op() == Op::kAlloc && state == static_cast<uint16_t>(SlotState::kPersistent);
    }
    // Requires: a program.
    bool cbs_are_freed() const { return state == static_cast<uint16_t>(ProgramState::kCbsFreed); }
};
static_assert(sizeof(LiveSlot) == 64);

struct Figures {
    uint64_t requested = 0, reserved = 0, allocations = 0;
};

// Bytes per chip of one place in one pool.
struct RowImage {
    Figures live;                                              // from the slots: the truth
    uint64_t peak_requested = 0, peak_reserved = 0;            // at least `live`
    uint64_t most_peak_requested = 0, most_peak_reserved = 0;  // the peak is no more than these; at least `peak_*`
    uint64_t untracked_allocations = 0, untracked_requested = 0, untracked_reserved = 0;  // ever: found no room
    Figures untracked_now;  // those that may still be live: upper bounds, but 0 is exact. None once it is closed
};

struct SessionImage {
    SessionState state = SessionState::kFree;
    uint64_t generation = 0;
    uint32_t kind = 0, place = 0;  // ttmem_place_kind; the process's own number of the place
    uint64_t number = 0, parent = 0;
    uint64_t chips = 0;                         // bit i: LedgerImage::chips[i]; known chips only
    uint32_t name = 0;                          // text
    uint64_t opened = 0, closed = UINT64_MAX;   // session clocks; UINT64_MAX while open
    uint64_t opened_time = 0, closed_time = 0;  // clocks, see ClockImage; 0 unknown
    std::array<RowImage, kPools> rows{};
};

struct PastPeakImage {
    uint64_t requested_low = 0, requested_high = 0, reserved_low = 0, reserved_high = 0;
};

struct ChipImage {
    bool known = false;
    bool described = true;  // false: only its id and its past peaks are right
    uint64_t chip_id = 0;
    uint32_t logical_id = 0, arch = 0;  // arch: text
    std::array<PoolBanks, kPools> pools{};
    uint32_t grid_x = 0, grid_y = 0;
    uint64_t l1_bytes_per_core = 0, l1_base = 0, dram_base = 0;
    std::array<PastPeakImage, kPools> past_peaks{};
};

struct OwnerImage {
    uint32_t op = 0, tag = 0;  // texts
    uint32_t thread = 0;       // tid; 0 not known
};

// The innermost frame of a call stack.
struct FrameImage {
    uint32_t caller = 0;              // the stack around, a smaller number; 0 none
    uint32_t file = 0, function = 0;  // texts; `file` can be read
    uint32_t line = 0;
};

struct FailureImage {
    uint64_t number = 0;  // from 0; the oldest may be gone
    uint32_t kind = 0, pool = 0, banks = 0, session = 0, owner = 0, thread = 0;
    uint64_t requested_bytes = 0, bytes_per_bank = 0, bank_bytes = 0, allocated_per_bank = 0, free_per_bank = 0,
             largest_free_per_bank = 0;
    uint64_t time = 0;
};

// One ring. Of a dead process the operation in flight has been finished or ignored (recover.h).
struct RingImage {
    uint32_t thread = 0, threads_before = 0, thread_name = 0;  // tid, 0: nobody's
    uint64_t operations = 0;                                   // finished ones, and one that was committed
    uint64_t events = 0;    // positions [0, events); events - `rebuilt` are in the file, or were overwritten
    uint64_t capacity = 0;  // 0: without history
    uint64_t overwritten = 0;
    bool was_in_flight = false, committed = false;
    bool rebuilt = false;  // the last event is `rebuilt_event`, which the file lacks
    struct {
        uint64_t subject;
        uint32_t low;
        Body body;
    } rebuilt_event{};
    std::array<uint64_t, kMaxIterationDepth> iterations{};  // open ones, name 32 | number 24; 0 none
};

// Ticks of the ledger's clock against the wall, from two moments.
struct ClockImage {
    ClockKind kind = ClockKind::kTsc;
    uint32_t shift = 0;
    uint64_t first_ticks = 0, latest_ticks = 0;
    int64_t first_wall_ns = 0, latest_wall_ns = 0;
    bool plausible = false;  // else times are unknown
};

// Numbers since the start of the process, as in LiveHeader.
struct CounterImage {
    uint64_t untracked_allocations = 0, untracked_bytes = 0, ring_misses = 0;  // untracked: ever
    uint64_t untracked_now_allocations = 0, untracked_now_bytes = 0;           // may still be live: at most
    uint64_t double_free = 0, unknown_free = 0, foreign_free = 0, ambiguous_free = 0, late_free = 0;
    uint64_t reentrant = 0, invalid = 0;
    uint64_t texts_full = 0, owners_full = 0, sessions_full = 0, chips_full = 0;
    uint64_t history_refused = 0, retired_allocations = 0, retired_bytes = 0, expired_ledgers = 0;
    uint64_t plans_refused = 0, notes_refused = 0, frames_refused = 0;
    uint64_t dispatches_forgotten = 0, plans_forgotten = 0, leaks_forgotten = 0, ops_too_deep = 0, iterations_lost = 0;
    uint64_t failures = 0, iterations_begun = 0, iterations_ended = 0;
    uint64_t first_iteration = 0;  // a time
};

// What the process or its adapter says of itself in a sentence.
struct NoteImage {
    uint32_t text = 0;
    bool incomplete = false, runtime = false, iterations_by = false;
};

// ---- programs' circular buffers (plans.h)

struct RangeImage {  // cores, both corners included; coordinates are below kMaxCoreCoordinate
    uint8_t x0, y0, x1, y1;
};
struct PlanBufferImage {
    uint8_t index;
    bool aliased;
    uint64_t address, bytes;
    std::vector<RangeImage> ranges;
    bool dataflow = false, scratchpad = false;  // what the runtime calls it
};
struct PlanImage {
    uint64_t number = 0;  // in its region
    std::vector<PlanBufferImage> buffers;
};

// A plan in one session.
struct PairImage {
    uint32_t plan = 0;              // 1 + index into LedgerImage::plans; 0: not readable
    uint32_t session = 0;           // 0: there is no such pair
    uint64_t ticket = 0;            // of its newest dispatch or replay; 0 never
    uint64_t resident_program = 0;  // handle of the program of that, if it lives and holds the pair; else 0
};

// A program reserves a pair, or was destroyed and left it behind.
struct HoldingImage {
    uint64_t program = 0;  // handle
    bool left_behind = false;
    uint32_t pair = 0;                            // in range, its session is not free
    uint32_t waiting = 0;                         // likewise in range: from the next dispatch on; 0 none
    uint32_t owner = 0, name = 0, iteration = 0;  // of the program, as at its creation
    uint64_t time = 0;                            // of its creation
};

struct TraceImage {
    uint64_t handle = 0;
    uint32_t session = 0;
    uint64_t plans = 0;  // that it dispatches
    bool replayed = false;
};

// How good the copy is.
struct QualityImage {
    bool single_moment = true;  // else every block was there at some time during the read, not all at one time
    uint32_t attempts = 1;
    uint64_t torn_slots = 0;    // live slots that fail their check: not in `live`
    uint64_t bad_slots = 0;     // live slots whose check is right and whose session or pool does not exist: likewise
    uint64_t bad_records = 0;   // chips, sessions, owners, failures that fail their check
    uint64_t foreign_bits = 0;  // unknown ro_compat bits: derive nothing from this image
};

struct LedgerImage {
    StaticHeader fixed{};
    Regions regions;
    LedgerState state = LedgerState::kReady;
    uint32_t level = 0;        // ttmem_level
    uint64_t slots_used = 0;   // so many were used at the same time, at least once
    uint64_t slots_ready = 0;  // so many have memory, of regions.slots.count
    ClockImage clock;
    CounterImage counters;
    QualityImage quality;

    std::vector<ChipImage> chips;        // by record, up to the last known one
    std::vector<SessionImage> sessions;  // by number; 0 is none
    std::vector<OwnerImage> owners;      // by number; 0 is none
    std::vector<RingImage> rings;        // by number
    std::vector<FailureImage> failures;  // oldest first
    std::vector<NoteImage> notes;
    PageBuffer<LiveSlot> live;           // in no order
    std::vector<PlanImage> plans;        // those of the pairs
    std::vector<PairImage> pairs;        // by number; 0 is none
    std::vector<HoldingImage> holdings;  // of live programs that have their circular buffers, and those left behind
    std::vector<TraceImage> traces;      // of live traces
    std::vector<uint64_t> texts_region;
    PageBuffer<uint64_t> unique_id_words;  // by slot; empty unless asked for

    // Foreign bytes, at most 255; "" for none and for one that fails its check.
    std::string_view text(uint64_t number) const;
    // The call stack with this number; none for 0, and for what is no stack.
    std::optional<FrameImage> frame(uint32_t stack) const;
    // The runtime's own number of a live slot; 0 unknown.
    uint64_t unique_id(uint64_t handle) const {
        const uint64_t slot = handle_slot(handle);
        const uint64_t word = slot < unique_id_words.size() ? unique_id_words[slot] : 0;
        return (word & 0xffff) == (handle_generation(handle) & 0xffff) ? word >> 16 : 0;
    }
    // Whether an iteration (24-bit number) is still open in some thread.
    bool iteration_is_open(uint32_t iteration) const;
    // Events that were written and are gone, or that had no ring to go to.
    uint64_t events_lost() const;
};

}  // namespace ttmem::ledger

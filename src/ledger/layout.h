// The bytes of a ledger: what stands where in the shared-memory file of one process.
//
// docs/ledger-format.md says the same in prose, with a worked example that a test decodes; a change here is a change
// there and in kFormatMinor. Everything is little endian and naturally aligned. A word that is shared between threads
// is an 8-byte atomic; there are no pointers. One process writes; readers copy with pread, check the copy, and use
// that.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ttmem::ledger {

using Word = std::atomic<uint64_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 8);

constexpr uint64_t kMagic = 0x31524744454c5454;  // "TTLEDGR1"
constexpr uint16_t kFormatMajor = 1;             // another major is refused
constexpr uint16_t kFormatMinor = 2;             // additions only; 1: programs' CB plans and traces; 2: notes,
                                                 // slots whose memory comes later, what is untracked now
constexpr uint32_t kHeaderBytes = 4096;
constexpr uint64_t kMaxLedgerBytes = 256ull << 20;
constexpr uint32_t kPools = 5;    // numbered as ttmem_pool
constexpr uint32_t kNoPool = 15;  // of slots and events that are not memory
constexpr uint32_t kMaxChips = 64;
constexpr uint32_t kMaxIterationDepth = 4;
constexpr uint32_t kMaxText = 255;
constexpr uint32_t kMaxNotes = 32;

// ---- header
// -----------------------------------------------------------------------------------------------------------

enum class RegionType : uint32_t {
    kNone = 0,
    kTexts = 1,          // interned texts, append-only
    kChips = 2,          // ChipRecord
    kSessions = 3,       // SessionRecord with its rows
    kOwners = 4,         // OwnerRecord, append-only
    kRings = 5,          // RingHeader, one per recording thread
    kEvents = 6,         // Event, `count` per ring: ring r begins at offset + r * count * stride
    kSlots = 7,          // Slot
    kUniqueIds = 8,      // one word per slot: unique id 48 | low 16 bits of the slot's generation
    kFailures = 9,       // FailureRecord, a ring
    kPlans = 10,         // circular-buffer plans, append-only (plan_layout.h)
    kPairs = 11,         // PairRecord: a plan in one session
    kHoldings = 12,      // HoldingRecord: a program reserves a plan
    kTraces = 13,        // TraceRecord
    kTraceEntries = 14,  // one word per dispatch of a trace
    // 15 is reserved
};

struct Region {  // 32 bytes
    uint32_t type;
    uint32_t stride;  // bytes from one record to the next; readers accept more than they know
    uint64_t offset;  // from the file's begin, a multiple of 64
    uint64_t count;
    uint64_t reserved;
};

enum class ClockKind : uint32_t { kTsc = 1, kMonotonicCoarse = 2 };

// Never changes after the file has its name. `check` is fold(check_sum) over all of it with `check` as 0.
struct StaticHeader {  // 1024 bytes
    uint64_t magic;
    uint16_t format_major, format_minor;
    uint32_t header_bytes;
    uint64_t total_bytes;
    uint32_t compat, ro_compat;  // unknown bits: ignore; read, but derive nothing
    uint32_t incompat;           // unknown bits: refuse, "needs a newer ttmem"
    uint32_t check;
    uint8_t ledger_id[16];
    uint8_t run_id[16];  // TTMEM_RUN, 0 without
    uint8_t boot_id[16];
    uint8_t parent_ledger_id[16];  // of the process that forked this one, 0 otherwise
    // What the process says of itself: claimed, never trusted.
    uint32_t pid, uid;
    uint64_t start_ticks;    // /proc/self/stat field 22
    uint64_t pid_namespace;  // inode of /proc/self/ns/pid
    uint32_t clock_kind;     // ClockKind
    uint32_t clock_shift;    // a time in a slot or event is (ticks - first_ticks) >> clock_shift, 48 bits
    char comm[16];
    char command_line[256];  // 0 bytes as blanks, cut
    char library_version[16];
    uint64_t reserved[11];
    Region regions[16];
};
static_assert(sizeof(StaticHeader) == 1024 && offsetof(StaticHeader, regions) == 512);

enum class LedgerState : uint64_t { kInit = 0, kReady = 1, kClosed = 2 };  // closed: the process ended by itself

// Changes while the process runs. Words of one line have one writer or are rare.
struct alignas(64) LiveHeader {
    Word state, level;
    Word texts_used;   // bytes of the texts region in use
    Word owners_used;  // records of the owners region in use
    Word slots_used;   // no slot at or above this was ever used
    Word failures;     // failures recorded; the newest `count` of them are kept
    Word rings_used;   // no ring at or above this was ever used
    Word plans_used;   // bytes of the plans region in use

    // Ticks of the ledger's clock and the wall clock (ns since 1970) at the same moment, twice. odd: being written.
    alignas(64) Word anchor_sequence;
    Word first_ticks, first_wall_ns;
    Word latest_ticks, latest_wall_ns;
    Word reserved1[3];

    alignas(64) Word session_clock;  // number of opens and closes so far
    Word iterations_begun, iterations_ended;
    Word tickets;        // dispatches and replays are numbered; the newest number given out
    Word pairs_used;     // no pair at or above this was ever used
    Word holdings_used;  // likewise
    Word traces_used;    // likewise
    Word reserved2;

    // What could not be recorded, or was wrong in the application: numbers since the start.
    alignas(64) Word untracked_allocations;
    Word untracked_bytes;  // requested bytes per chip of those
    Word ring_misses;      // operations of threads that had no ring: not in history
    Word double_free, unknown_free, foreign_free, ambiguous_free, late_free;
    alignas(64) Word reentrant;  // calls from a signal handler inside a call
    Word invalid;                // calls refused for their arguments
    Word texts_full, owners_full, sessions_full, chips_full;
    Word history_refused;            // rings whose event area could not be had
    Word retired_allocations;        // released by a close, then forgotten to make room
    alignas(64) Word retired_bytes;  // requested bytes summed over chips of those
    Word expired_ledgers;            // dead ledgers removed at start
    Word plans_refused;              // plans and traces that the ledger had no room for
    Word notes_refused;              // notes that found no room
    Word slots_ready;                // no slot at or above this has memory; 0: all have it
    Word untracked_now_allocations;  // those of the untracked that may still be live
    Word untracked_now_bytes;        // and their requested bytes per chip, at most
    Word reserved3;
    alignas(64) Word notes[kMaxNotes];  // pack_note(); 0: none here, and none after it

    alignas(64) Word sessions_used;  // no session record at or above was ever used; 0: all may have been (before 1.2)
    Word dispatches_forgotten;       // session records used again, whose dispatches other open places might have shown
    Word plans_forgotten;            // CB plans of living programs and traces, forgotten with their session's record
    Word leaks_forgotten;            // leaks among what was forgotten to make room
    Word ops_too_deep;               // scopes that were nested too deep to be kept
    Word iterations_lost;            // iterations nested too deep, or of threads without a ring
    Word reserved4[2];
};
static_assert(sizeof(LiveHeader) == 704);

constexpr uint32_t kNoteIncomplete = 1, kNoteRuntime = 2;  // as TTMEM_NOTE_*
constexpr uint64_t pack_note(uint32_t flags, uint32_t text) { return static_cast<uint64_t>(flags) << 32 | text; }
constexpr uint32_t note_flags(uint64_t note) { return static_cast<uint32_t>(note >> 32); }
constexpr uint32_t note_text(uint64_t note) { return static_cast<uint32_t>(note); }

struct Header {
    StaticHeader fixed;
    LiveHeader live;
};
static_assert(offsetof(Header, live) == 1024 && sizeof(Header) <= kHeaderBytes);

// ---- check words
// ------------------------------------------------------------------------------------------------------

// A sum of words times odd constants: terms are independent, so it costs little, and any change of a single word shows.
constexpr uint64_t kOdd[8] = {0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93,
                              0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3};

constexpr uint64_t check_sum(const uint64_t* words, size_t count) {
    uint64_t sum = kOdd[7];
    for (size_t i = 0; i < count; ++i) sum += words[i] * (kOdd[i & 7] + 2 * (i >> 3));
    return sum;
}

constexpr uint32_t fold(uint64_t sum) { return static_cast<uint32_t>(sum >> 32); }

// ---- texts, chips, owners, failures
// ---------------------------------------------------------------------------------------

// A text is {length u32, check u32, bytes, zeros up to 8}; its number is its offset in the region / 8. Number 0 is
// none, so the region begins with 8 unused bytes. check = fold(check_sum) over length and the padded bytes, as words.
struct TextHead {
    uint32_t length, check;
};

struct PoolBanks {
    uint64_t banks;
    uint64_t bytes_per_bank;
};

// Peaks of sessions whose record was used again; low and high bound the sum where sessions overlapped.
struct PastPeak {
    Word requested_low, requested_high, reserved_low, reserved_high;
};

struct alignas(64) ChipRecord {
    Word sequence;  // 0 empty, odd being written
    Word check;     // check_sum over the words below up to past_peaks
    Word chip_id;
    Word logical_and_arch;  // logical id 32 | text of the architecture 32
    Word banks[kPools], bytes_per_bank[kPools];
    Word grid;  // x 32 | y 32
    Word l1_bytes_per_core, l1_base;
    Word reserved[7];
    PastPeak past_peaks[kPools];
    Word reserved1[4];
};
static_assert(sizeof(ChipRecord) == 384);

struct OwnerRecord {  // 32 bytes; number 0 is none, so record 0 is unused
    Word op_and_tag;  // text of the op 32 | text of the tag 32
    Word thread;      // tid; 0: not known
    Word check;       // check_sum of the two words above
    Word reserved;
};
static_assert(sizeof(OwnerRecord) == 32);

struct alignas(64) FailureRecord {
    Word position;       // 1 + its number; 0 empty; written last
    Word check;          // check_sum over the words below
    Word what;           // kind 8 | pool 8 | banks 16 | session 32, from the low end
    Word owner_and_tid;  // owner 32 | tid 32
    Word requested_bytes, bytes_per_bank, bank_bytes, allocated_per_bank, free_per_bank, largest_free_per_bank;
    Word time;
    Word session_generation;  // of the session's record; 0: not known (before 1.2)
    Word reserved[4];
};
static_assert(sizeof(FailureRecord) == 128);

// ---- sessions and rows
// ------------------------------------------------------------------------------------------------------

enum class SessionState : uint64_t { kFree = 0, kOpen = 1, kClosed = 2 };

// How a row is used now (row_counts.h). Lent: in ledgers of 1.1 only, where threads kept what they freed for their next
// allocations, so that live_* was ahead of the slots.
enum class RowUse : uint64_t { kAlone = 0, kTogether = 1, kLent = 2 };

// Bytes live at one place in one pool, per chip. Added to by the threads of the process; the sums over slots are the
// truth, a row lags behind its slots by the operations that are in flight, and its peak is what slots cannot give.
struct alignas(64) Row {
    Word live_requested, live_reserved;
    Word peak_requested, peak_reserved;
    Word untracked_allocations, untracked_requested, untracked_reserved;
    Word use;  // RowUse
};
static_assert(sizeof(Row) == 64);

// Of one row: allocations that found no room in the ledger and may still be live, and the most bytes that there were of
// them at one time. Sizes are rounded up by less than one part in 32. Upper bounds, but 0 is exact.
struct RowUntracked {
    Word allocations, requested, reserved;
    Word most_requested, most_reserved;
};

// One opening of one place. Record 0 is never used, so that session 0 means none.
struct alignas(64) SessionRecord {
    Word control;  // generation 56 | SessionState 8: one store opens, closes and frees it
    Word check;    // check_sum over place .. name, and opened
    Word place;    // kind 32 | place number of the process 32
    Word number;   // the runtime's number
    Word parent;   // place of the parent
    Word chips;    // bit i: chip record i
    Word name;     // text
    Word opened;   // session clock at the open
    Word opened_time;
    Word closed, closed_time;  // valid in state closed
    Word reserved[5];
    Row rows[kPools];
    RowUntracked untracked_now[kPools];  // since 1.2, as all that follows
    Word reserved1[7];
};
static_assert(sizeof(SessionRecord) == 704);
constexpr uint64_t kSessionBytesBefore2 = 448;  // stride in ledgers of 1.0 and 1.1

// ---- rings and events
// -----------------------------------------------------------------------------------------------------

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

// A slot's words after the first two, and an event's, mean the same: the recorder stores the same registers to both.
//   where      address 40 | banks 12 | data banks 12            (from the high end)
//   requested  requested bytes 44 | slot of the holder 20
//   taken      bytes per bank 40 | iteration 24
//   who        owner 32 | page bytes 32
//   order      Lamport number 48 | session 12 | pool 4
//   time       clock 48 | class 4 | reserved 3 | persistent from birth 1 | Op 8
struct alignas(64) Slot {
    Word control;  // generation 44 | ring + 1 of the thread that freed it 16 | SlotState 4
    Word check;    // fold(sum over handle and the six words) 32 | call stack 32
    Word where, requested, taken, who, order, time;
};
static_assert(sizeof(Slot) == 64);

struct alignas(64) Event {
    Word subject;  // handle; what it is for other events stands in docs/ledger-format.md
    Word check;    // fold(the slot's sum + (position + 1) * kOdd[7]) 32 | call stack, of a free the owner who freed 32
    Word where, requested, taken, who, order, time;
};
static_assert(sizeof(Event) == 64);

// A program that has given back its circular buffers is kCbsFreed: it lives, and reserves nothing.
enum class SlotState : uint64_t { kFree = 0, kLive = 2, kPersistent = 3, kCbsFreed = 3 };

constexpr int kSlotBits = 20;
constexpr uint64_t kMaxSlots = 1ull << kSlotBits;
constexpr uint64_t kGenerations = 1ull << 44;

// Handle: generation 44 | slot 20. Slot 0 is never used, so no handle is 0 and holder 0 is none.
constexpr uint64_t make_handle(uint64_t generation, uint64_t slot) { return generation << kSlotBits | slot; }
constexpr uint64_t handle_slot(uint64_t handle) { return handle & (kMaxSlots - 1); }
constexpr uint64_t handle_generation(uint64_t handle) { return handle >> kSlotBits; }

constexpr uint64_t make_control(uint64_t generation, SlotState state, uint64_t freed_by = 0) {
    return generation << 20 | freed_by << 4 | static_cast<uint64_t>(state);
}
constexpr uint64_t control_generation(uint64_t control) { return control >> 20; }
// Of a free slot: the generation of what it will hold next. 0 is none.
constexpr uint64_t next_generation(uint64_t control) {
    const uint64_t next = (control_generation(control) + 1) % kGenerations;
    return next + (next == 0);
}
constexpr uint64_t control_freed_by(uint64_t control) { return control >> 4 & 0xffff; }
// Of a live allocation, in the place of `freed_by`: it had leaked when its place was closed. What ends after that, its
// iteration, program or trace, makes no leak of it.
constexpr uint64_t kLeakedBeforeClose = 1;
constexpr bool control_is_leaked(uint64_t control) { return (control >> 4 & kLeakedBeforeClose) != 0; }
constexpr SlotState control_state(uint64_t control) { return static_cast<SlotState>(control & 15); }
constexpr bool control_is_live(uint64_t control) { return (control & 14) == 2; }

constexpr uint64_t kPersistentFromBirth =
    1 << 8;  // of an allocation, in the word `time`: history has no other word of it

// The words of a slot or event, packed and unpacked. The same struct serves both.
struct Body {
    uint64_t where, requested, taken, who, order, time;

    constexpr uint64_t address() const { return where >> 24; }
    constexpr uint32_t banks() const { return where >> 12 & 0xfff; }
    constexpr uint32_t data_banks() const { return where & 0xfff; }
    constexpr uint64_t requested_bytes() const { return requested >> 20; }
    constexpr uint32_t holder_slot() const { return requested & 0xfffff; }
    constexpr uint64_t bytes_per_bank() const { return taken >> 24; }
    constexpr uint32_t iteration() const { return taken & 0xffffff; }
    constexpr uint32_t owner() const { return who >> 32; }
    constexpr uint32_t page_bytes() const { return static_cast<uint32_t>(who); }
    constexpr uint64_t lamport() const { return order >> 16; }
    constexpr uint32_t session() const { return order >> 4 & 0xfff; }
    constexpr uint32_t pool() const { return order & 0xf; }
    constexpr uint64_t clock() const { return time >> 16; }
    constexpr uint32_t allocation_class() const { return time >> 12 & 0xf; }
    constexpr bool is_persistent() const { return (time & kPersistentFromBirth) != 0; }
    constexpr Op op() const { return static_cast<Op>(time & 0xff); }
    constexpr uint64_t reserved_bytes() const { return bytes_per_bank() * banks(); }
};

constexpr uint64_t pack_where(uint64_t address, uint64_t banks, uint64_t data_banks) {
    return address << 24 | banks << 12 | data_banks;
}
constexpr uint64_t pack_requested(uint64_t bytes, uint64_t holder_slot) { return bytes << 20 | holder_slot; }
constexpr uint64_t pack_taken(uint64_t bytes_per_bank, uint64_t iteration) { return bytes_per_bank << 24 | iteration; }
constexpr uint64_t pack_who(uint64_t owner, uint64_t page_bytes) { return owner << 32 | page_bytes; }
constexpr uint64_t pack_order(uint64_t lamport, uint64_t session, uint64_t pool) {
    return lamport << 16 | session << 4 | pool;
}
constexpr uint64_t pack_time(uint64_t clock, uint64_t allocation_class, Op op) {
    return clock << 16 | allocation_class << 12 | static_cast<uint64_t>(op);
}

// The sum of a slot; an event adds its position. Additive on purpose: a free's event reuses the slot's sum.
constexpr uint64_t body_sum(uint64_t handle, const Body& body) {
    return handle * kOdd[0] + body.where * kOdd[1] + body.requested * kOdd[2] + body.taken * kOdd[3] +
           body.who * kOdd[4] + body.order * kOdd[5] + body.time * kOdd[6] + kOdd[7];
}
constexpr uint64_t event_sum(uint64_t handle, const Body& body, uint64_t position) {
    return body_sum(handle, body) + (position + 1) * kOdd[7];
}
constexpr uint64_t pack_check(uint64_t sum, uint32_t low) { return (sum >> 32 << 32) | low; }

}  // namespace ttmem::ledger

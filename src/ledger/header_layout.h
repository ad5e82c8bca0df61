// The first 4,096 bytes of a ledger: what never changes, where each region is, and the counters of the process.
#pragma once

#include <cstddef>

#include "src/ledger/words.h"

namespace ttmem::ledger {

constexpr uint64_t kMagic = 0x31524744454c5454;  // "TTLEDGR1"
constexpr uint16_t kFormatMajor = 1;             // another major is refused
constexpr uint16_t kFormatMinor = 5;             // additions only; 1: programs' CB plans and traces; 2: notes,
                                                 // slots whose memory comes later, what is untracked now;
                                                 // 3: the plan's number in the event of a plan;
                                                 // 4: call stacks; 5: where DRAM begins
constexpr uint32_t kHeaderBytes = 4096;
constexpr uint64_t kMaxLedgerBytes = 256ull << 20;
constexpr uint32_t kMaxNotes = 32;

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
    Word tickets;          // dispatches and replays are numbered; the newest number given out
    Word pairs_used;       // no pair at or above this was ever used
    Word holdings_used;    // likewise
    Word traces_used;      // likewise
    Word first_iteration;  // time at which the first iteration began; 0: none has, or not known (before 1.2)

    // What could not be recorded, or was wrong in the application: numbers since the start.
    alignas(64) Word untracked_allocations;
    Word untracked_bytes;  // requested bytes per chip of those
    Word ring_misses;      // operations of threads that had no ring: not in history
    Word double_free, unknown_free, foreign_free, ambiguous_free, late_free;
    alignas(64) Word reentrant;  // calls from a signal handler inside a call
    Word invalid;                // calls refused for their arguments
    Word texts_full, owners_full, sessions_full, chips_full;
    Word history_refused;               // rings whose event area could not be had
    Word retired_allocations;           // released by a close, then forgotten to make room
    alignas(64) Word retired_bytes;     // requested bytes summed over chips of those
    Word expired_ledgers;               // dead ledgers removed at start
    Word plans_refused;                 // plans and traces that the ledger had no room for
    Word notes_refused;                 // notes that found no room
    Word slots_ready;                   // no slot at or above this has memory; 0: all have it
    Word untracked_now_allocations;     // those of the untracked that may still be live
    Word untracked_now_bytes;           // and their requested bytes per chip, at most
    Word frames_refused;                // frames of call stacks that found no room
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
constexpr uint32_t kNoteIterationsBy = 4;                  // it is the operation that TTMEM_ITERATIONS_BY names
constexpr uint64_t pack_note(uint32_t flags, uint32_t text) { return static_cast<uint64_t>(flags) << 32 | text; }
constexpr uint32_t note_flags(uint64_t note) { return static_cast<uint32_t>(note >> 32); }
constexpr uint32_t note_text(uint64_t note) { return static_cast<uint32_t>(note); }

struct Header {
    StaticHeader fixed;
    LiveHeader live;
};
static_assert(offsetof(Header, live) == 1024 && sizeof(Header) <= kHeaderBytes);

}  // namespace ttmem::ledger

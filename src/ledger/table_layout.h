// The records of a ledger that are looked up by number: texts, chips, owners, failures, sessions with their rows.
#pragma once

#include "src/ledger/words.h"

namespace ttmem::ledger {

// ---- texts, chips, owners, failures ----

// A text is {length u32, check u32, bytes, zeros up to 8}; its number is its offset in the region / 8. Number 0 is
// none, so the region begins with 8 unused bytes. check = fold(check_sum) over length and the padded bytes, as words.
struct TextHead {
    uint32_t length, check;
};

// A call stack is the text of its innermost frame; its number is that of the text. What it refers to has smaller
// numbers.
struct FrameText {
    uint32_t caller;          // the stack around; 0 none, or not known
    uint32_t file, function;  // texts
    uint32_t line;
};
static_assert(sizeof(FrameText) == 16);

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
    Word dram_base;  // 0: not known; before 1.5 always
    Word reserved[6];
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

// ---- sessions and rows ----

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

}  // namespace ttmem::ledger

// Why an allocation failed: what was asked, what there was, which limit was hit and by how much, and what would help.
//
// A pure function of the failure's own figures and, where one is at hand, of a snapshot of the machine. It never says
// more than they do: a cause that the figures do not tell is kUnknown. Bounds of the silicon (hardware.h) are used
// where a message lacks its own. No remedy promises more than this one allocation: later ones may need more. Sums that
// do not fit 64 bits are left out. Foreign names in the sentences are not escaped: views do that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/failures/failure_explanation_holders.h"
#include "src/analysis/failures/own_blocks.h"
#include "src/model/failure_figures.h"
#include "src/model/snapshot.h"

namespace ttmem {

enum class FailureCause : uint8_t {
    kUnknown,          // the figures do not tell
    kFull,             // fewer bytes are free in a bank than it needs to store
    kNearlyFull,       // as many are free, in pieces, and kNearlyFullPercent of the bank are allocated
    kFragmented,       // enough bytes are free, but not in one block
    kLargerThanBank,   // not even an empty bank would do
    kNoRegion,         // the pool has no memory at all: its size was never set
    kOtherAllocators,  // this allocator has room, the blocks of overlapping ones are in the way
    kCbClash,
    kCbOverflow,
    kTraceRegion,
    kServiceClash,
    kKernelConfig,
    kTraceOverlap,
    kAddressLimit,
    kPersistentL1,
    kRegionTaken,
    kUnsafeUnderTrace,
    kUnrecognized,  // a sentence that ttmem does not know
};
// "unknown", "full", "nearly_full", "fragmented", ...: the names in JSON.
std::string_view failure_cause_name(FailureCause cause);
constexpr uint64_t kNearlyFullPercent = 90;

// What would help. `kind` is a stable name for scripts ("use_dram", "free", "more_chips"); of the amounts, each is in a
// unit of its own, and only those are there that the text speaks of. `bytes_per` says what the bytes are of: "chip"
// (all of its banks together), "bank" or "core" (of each of them); "" without bytes.
struct Remedy {
    std::string_view kind;
    std::string text;  // a sentence
    std::optional<uint64_t> bytes;
    std::string_view bytes_per;
    std::optional<uint64_t> chips;
    std::optional<uint64_t> cores;
    std::optional<uint64_t> address;
};

struct FailureExplanation {
    FailureCause cause = FailureCause::kUnknown;
    std::string verdict;         // a sentence: what is wrong, and what to do first
    bool names_buffers = false;  // the verdict does: those whose place elsewhere is enough
    // Sentences. `had` is "" when nothing is known.
    std::string asked;
    std::string had;
    std::string limit;
    std::optional<uint64_t>
        missing_per_bank;                   // to fit: free bytes when full, bytes in one block otherwise; L1: per core
    std::optional<uint64_t> missing_bytes;  // in all banks
    bool missing_is_bound = false;          // it may be more: the message was cut, in its last number or before
    std::vector<Remedy> remedies;           // the best first, never empty
    std::optional<PoolHolders> holders;     // with a snapshot that shows the pool in use
    std::vector<std::string> notes;         // sentences: figures that contradict each other, what does not help
};

// `snapshot`: the machine at the time of the failure, or as near to it as there is; may be null. `own`: which of what
// lives there the call that failed had made itself; null where that is not known.
FailureExplanation explain_failure(const FailureFigures& figures, const Snapshot* snapshot = nullptr,
                                   const OwnBlocks* own = nullptr);

// The figures of a failure that the runtime recorded itself, with those of its chip.
FailureFigures figures_of(const Process& process, const Failure& recorded, const Snapshot& snapshot);

}  // namespace ttmem

// What if the device had been opened otherwise, or its allocator searched otherwise: the allocations and frees of a
// recording in their order, through a model of tt-metal's allocator.
//
// How far the model can be trusted is measured in the same pass. Beside the question, it follows the record: each block
// lies where it lay, and before that the model is asked where it would have put it. Where all answers are those of the
// record, a replay without a change is the record, and the answer is exact. Else it is a bound, and says so. From which
// end a block was allocated is not recorded: the end that leads to its address counts, where one does.
//
// A block that does not fit is left out, and the rest goes on as if the program did: so the first failure is certain
// to be one, and the later ones are as many as there are at least. Allocations that failed when it was recorded are
// tried again, and not kept. Circular buffers are checked at each dispatch against the lowest L1 buffer, as tt-metal
// does, and so are those of programs that it refused. Memory is bounded by what is live, and a bit for each allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/capacity/bank_allocator.h"
#include "src/analysis/replay/arenas.h"

namespace ttmem {

struct WhatIfSettings {
    DeviceSizes sizes;
    FitPolicy policy = FitPolicy::kFirstFit;
    // On chips of another kind: what an allocator has there (rescaled.h). Then blocks are taken as large as they may
    // be; the verdict also asks whether they would fit if they were as small as they may be.
    std::optional<ArenaSet> machine = std::nullopt;
};

// A block of the recording, and where the model had put it.
struct ReplayedBlock {
    LiveBlock block;
    uint64_t address = 0;
};

// How each bank of an arena stood.
struct SpaceMoment {
    uint64_t event = 0;
    WallTime at = 0;
    uint64_t used = 0, free = 0, largest_free = 0;
    struct Splitter {
        ReplayedBlock of;
        uint64_t would_be = 0;  // the free range without it
    };
    std::optional<Splitter> splitter;  // absent: no single block makes a difference
};

struct ReplayedFailure {
    LiveBlock asked;        // of one that was recorded as failed what is known of it
    bool recorded = false;  // it failed then, too
    SpaceMoment moment;
    bool fits_compacted() const { return asked.bytes_per_bank <= moment.free; }
};

// Circular buffers of a program that reach above the lowest L1 buffer.
struct ReplayedClash {
    uint32_t process = 0, place = 0;
    uint64_t program = 0;  // handle; 0: of one that was refused when it was recorded
    uint32_t op = 0;
    uint64_t event = 0;
    WallTime at = 0;
    uint64_t reach = 0, lowest = 0;       // addresses
    std::optional<ReplayedBlock> buffer;  // the lowest; absent: the end of L1
    bool recorded = false;                // it did not fit then, too
};

constexpr size_t kMostReplayedFailures = 20;  // of each list; the number beside it counts all

// One arena under one policy.
struct ArenaOutcome {
    SpaceMoment peak;
    uint64_t failed = 0;
    std::vector<ReplayedFailure> failures;  // the first
};

struct ReplayedArena {
    uint32_t process = 0, place = 0;
    Pool pool = Pool::kDram;
    Arena before, arena;  // as recorded, and as asked for
    // What the allocator was asked, and how often the model says what it said: the same address, or that it fails.
    uint64_t allocations = 0, reproduced = 0;
    uint64_t there_before = 0;  // when the recording began: why they lie where they do is not known
    uint64_t in_part = 0;       // in a part of the banks, of an allocator of their own: left out
    uint64_t overlapping = 0;   // lay on others, or outside: left out of the measurement
    uint64_t failed_then = 0;   // of `allocations`, when it was recorded
    uint64_t rescaled = 0;      // whose bytes on the other machine have bounds only
    std::array<ArenaOutcome, kFitPolicyCount> outcomes;  // by FitPolicy

    bool exact() const {
        return reproduced == allocations && in_part == 0 && overlapping == 0 && (there_before == 0 || arena == before);
    }
};

struct PolicyClashes {
    uint64_t clashes = 0;
    std::vector<ReplayedClash> first;
};

enum class WhatIfVerdict : uint8_t { kFits, kDoesNotFit, kUnknown };
std::string_view what_if_verdict_name(WhatIfVerdict verdict);  // "fits", "does_not_fit", "unknown"

struct WhatIf {
    WhatIfSettings settings;
    std::vector<ReplayedArena> arenas;  // that were used, or did not do; those with failures first, then the fullest
    std::array<PolicyClashes, kFitPolicyCount> clashes;  // by FitPolicy
    uint64_t not_modeled = 0;                            // allocations of arenas of which nothing tells the size
    uint64_t clashes_then =
        0;  // of circular buffers, recorded as failures that the record does not show: not tried again
    uint64_t unknown_then = 0;  // failures that were recorded without their figures
    uint64_t failed_then = 0;   // all failures that were recorded: what would have come after them is not
    Coverage coverage;

    std::array<WhatIfVerdict, kFitPolicyCount> verdicts{};  // by FitPolicy

    bool follows_record() const;  // the model does, wherever it was asked, and nothing is missing
    bool exact() const;           // and no block is rescaled
    WhatIfVerdict verdict(FitPolicy policy) const { return verdicts[static_cast<size_t>(policy)]; }
    WhatIfVerdict verdict() const { return verdict(settings.policy); }
};

WhatIf what_if_of(const Recording& recording, const WhatIfSettings& settings);

}  // namespace ttmem

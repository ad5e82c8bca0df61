// Whether a program fits a machine: what one run of it there says, with what it needed of each pool.
//
// Only a run that was seen to its last byte, ended with 0 in each of its processes and had every allocation succeed
// fits. Only a failed allocation after which the thread had no other succeed says that it does not, and one that the
// output alone tells of only where it may be of somebody who was not seen, or of a kind that is not recorded. All else
// cannot be told, and `reason` says why. What failed for want of the memory of the machine that runs the mock, or did
// without some of it, is no evidence either way.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/failures/explained_failures.h"
#include "src/analysis/recording/peak.h"
#include "src/model/event.h"
#include "src/model/mock_machine.h"

namespace ttmem {

enum class FitVerdict : uint8_t { kFits, kDoesNotFit, kUnknown };
std::string_view fit_verdict_name(FitVerdict verdict);  // "fits", "does_not_fit", "unknown"

// How the program of the run ended.
struct FitEnd {
    std::optional<int> code;       // as a shell says it; absent: `why_unknown`
    std::string why_unknown = "";  // a sentence: it could not be started, or what became of it was not told
    int signal = 0;                // that ended it; 0 none, or not known: a shell says 139 of signal 11, and others do
    bool opened_hardware = false;  // a process of it was ended because it opened a real device
    bool left_running = false;     // processes of it that may go on to allocate
    std::string last_words = "";   // of its output, about what went wrong; foreign; "" none
    size_t machine_chips = 0;      // of the machine that was mocked; 0 not known
    std::vector<FailedProcess> failed = {};                     // beside the program itself
    Coverage coverage = {};                                     // what the run says is missing
    std::optional<uint64_t> host_refused_bytes = std::nullopt;  // of this machine's own memory; absent where none was
};

// Whether the machine that ran the mock lacked memory of its own: a program that ends for that, or does without what it
// was refused, says nothing of the device's.
enum class HostMemory : uint8_t { kNotKnownShort, kMayBeShort, kShort };
std::string_view host_memory_name(HostMemory memory);  // "", "may_be_short", "short"

// A pool on the chips where its peak was largest, all that were used alike.
struct FitPool {
    Pool pool = Pool::kDram;
    size_t chips = 0;
    uint64_t peak_bytes = 0;                 // reserved, per chip: at least
    std::optional<uint64_t> peak_bytes_max;  // absent where nothing bounds it
    std::optional<uint64_t> capacity_bytes;
    std::optional<Interval> headroom;               // capacity less the peak; low is 0 where nothing bounds the peak
    uint64_t banks = 0;                             // 0 not known
    std::optional<Interval> largest_free_per_bank;  // at the peak; absent where not every address is known
    std::vector<LiveShare> parts, ops;              // what was live at the peak, largest first; each add up to it

    bool exact() const { return peak_bytes_max == peak_bytes; }
};

struct Fit {
    FitVerdict verdict = FitVerdict::kUnknown;
    std::string reason;                                   // a sentence; "" where it fits
    HostMemory host_memory = HostMemory::kNotKnownShort;  // otherwise the verdict is kUnknown because of it
    std::vector<FitPool> pools;                           // fullest first
    std::optional<CoreNeed> core;             // whose L1 was fullest, with the circular buffers of what ran there
    std::vector<std::string> names;           // of operations, by LiveShare::op
    std::optional<ExplainedFailure> failure;  // that ended it
    std::string operation, inside;            // that failed, and what within it, as tt-metal calls it; "" not known
    Coverage coverage;
};

// `recording`: what the run recorded, null where nothing can be read. `told`: the failures that its output tells of.
Fit fit_of(const FitEnd& end, const Recording* recording, const ExplainedFailures& told);

// Of all runs together: one that does not fit outweighs what cannot be told.
FitVerdict fit_of_all(std::span<const FitVerdict> verdicts);

}  // namespace ttmem

// The last of ascending values that fits, found by bisection: which of them to try, and what the answers say together.
//
// That more is needed with each value is supposed, not known. So the ends are tried first, and the neighbors of the
// edge last; where both ends say the same, also the middle. A larger value that fits where a smaller one does not ends
// the search without a number, as does a value of which it cannot be told. One that failed for want of the memory of
// the machine that runs the search is a bound of that machine: the largest below it that fits is found, and what is
// beyond stays open. Values are known by their position, from 0; what they are is for the caller to know.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/analysis/capacity/fit.h"

namespace ttmem {

enum class FitSearchVerdict : uint8_t { kFound, kNone, kHostMemoryShort, kUnknown };
// "found", "none", "host_memory_short", "unknown"
std::string_view fit_search_verdict_name(FitSearchVerdict verdict);

struct FitSearchAnswer {
    FitSearchVerdict verdict = FitSearchVerdict::kUnknown;
    std::optional<uint64_t> largest;  // that fits; with kFound, and with kHostMemoryShort where one that was tried does
    std::optional<uint64_t> next;     // the first above it that does not fit: after it, but with kHostMemoryShort
    std::optional<uint64_t> host_memory_short;              // after `largest`, with kHostMemoryShort alone
    std::optional<uint64_t> unknown;                        // the first of which it cannot be told otherwise
    std::optional<std::pair<uint64_t, uint64_t>> contrary;  // the first does not fit, the second, which is larger, does
};

class FitSearch {
public:
    // Of so many values, 1 at least; up to `at_once` of them are tried in a round.
    FitSearch(uint64_t values, uint64_t at_once) : values_(values), at_once_(at_once) {}

    // The next round, ascending; empty when the search is over. All of a round are told before the next.
    std::vector<uint64_t> next_round() const;
    void tell(uint64_t position, FitVerdict verdict, HostMemory host = HostMemory::kNotKnownShort) {
        tried_[position] = {verdict, verdict == FitVerdict::kUnknown && host != HostMemory::kNotKnownShort};
    }

    struct Tried {
        FitVerdict verdict = FitVerdict::kUnknown;
        bool lacked_host_memory = false;  // or so it seems; with kUnknown alone
    };
    const std::map<uint64_t, Tried>& tried() const { return tried_; }
    FitSearchAnswer answer() const;
    // So many values at the most are still to be told, when all of a round have been.
    uint64_t most_left() const;

private:
    std::vector<uint64_t> untried(std::vector<uint64_t> positions) const;
    std::vector<uint64_t> between(uint64_t fits, uint64_t does_not) const;

    uint64_t values_, at_once_;
    std::map<uint64_t, Tried> tried_;
};

}  // namespace ttmem

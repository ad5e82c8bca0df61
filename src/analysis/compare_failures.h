// Two sources of the same run on different machines: does the same request become smaller, as it does where a tensor is
// sharded over more chips?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/explained_failures.h"

namespace ttmem {

// One failure of each source, of the same kind and, for memory, of the same pool: the first with the first, and so on.
struct ComparedFailure {
    uint32_t a = 0, b = 0;    // positions in the two
    std::string_view figure;  // what is compared: "bytes_per_bank", "cb_region_end", "trace_bytes", ...
    std::optional<uint64_t> of_a, of_b;
    std::string verdict;  // a sentence
};

struct ComparedFailures {
    std::vector<ComparedFailure> pairs;  // in the order of A
    uint64_t only_a = 0, only_b = 0;     // without a partner
};

ComparedFailures compare_failures(const ExplainedFailures& a, const ExplainedFailures& b);

}  // namespace ttmem

// Two sources of the same run on different machines: does the same request become smaller, as it does where a tensor is
// sharded over more chips?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/failures/explained_failures.h"

namespace ttmem {

// One failure of each source, of the same kind and, for memory, of the same pool: first those of which one asks for the
// other's bytes or a whole part of them, then in the order of the sources.
struct ComparedFailure {
    uint32_t a = 0, b = 0;    // positions in the two
    std::string_view figure;  // what is compared: "requested_bytes", "cb_region_end", "trace_bytes", ...
    std::optional<uint64_t> of_a, of_b;
    std::string verdict;  // a sentence
};

struct ComparedFailures {
    std::vector<ComparedFailure> pairs;    // in the order of A
    std::vector<uint32_t> only_a, only_b;  // positions of those without a partner
};

ComparedFailures compare_failures(const ExplainedFailures& a, const ExplainedFailures& b);

}  // namespace ttmem

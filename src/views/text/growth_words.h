// The words in which growth is told, the same in every answer.
#pragma once

#include <string>

#include "src/analysis/leaks/growth.h"
#include "src/views/text/look.h"

namespace ttmem {

// "`ttnn.exp`", "memory tagged `kv`", "memory without an operation".
std::string grower_words(const std::string& op, const std::string& tag, bool several);

// In how many of which iterations something grew.
struct GrownIn {
    uint64_t iterations;   // that were looked at
    bool outlived;         // of each, what outlived three more; else what was live at its end
    std::string called;    // "" has no name
    bool too_few = false;  // OwnerGrowth::too_few; `outlived` is false then
};

// "3.20 MiB", "1 allocation of 0 B": in one iteration, on average.
std::string growth_rate_words(const Grown& grown, const GrownIn& in, const Look& look);

// "it grew in 9 of 9 iterations after the warm-up, by 576 KiB on all chips together".
std::string growth_words(const Grown& grown, const GrownIn& in, const Look& look, Over over = Over::kAllChips);

}  // namespace ttmem

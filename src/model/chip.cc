#include "src/model/chip.h"

#include <algorithm>
#include <tuple>

namespace ttmem {

std::vector<ChipUse> in_order(std::span<const ChipUse> chips) {
    std::vector<ChipUse> sorted(chips.begin(), chips.end());
    std::sort(sorted.begin(), sorted.end(), [](const ChipUse& a, const ChipUse& b) {
        const auto key = [](const ChipUse& use) {
            return std::make_tuple(!use.chip.logical_id, use.chip.logical_id.value_or(0), use.chip.id);
        };
        return key(a) < key(b);
    });
    return sorted;
}

}  // namespace ttmem

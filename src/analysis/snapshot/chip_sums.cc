#include "src/analysis/snapshot/chip_sums.h"

#include <algorithm>

#include "src/base/saturating.h"

namespace ttmem {
namespace {

template <class Figure>
std::optional<uint64_t> sum_of_figures(std::span<const ChipUse> chips, const Figure& figure_of) {
    uint64_t sum = 0;
    for (const ChipUse& use : chips) {
        const std::optional<uint64_t> figure = figure_of(use);
        if (!figure) return std::nullopt;
        sum = saturating_add(sum, *figure);
    }
    return sum;
}

}  // namespace

PoolUse sum_over(std::span<const ChipUse> chips, Pool pool) {
    const auto sum = [&](std::optional<uint64_t> PoolUse::*figure) {
        return sum_of_figures(chips, [=](const ChipUse& use) { return use.pool(pool).*figure; });
    };
    PoolUse use;
    use.requested_bytes = sum(&PoolUse::requested_bytes);
    use.reserved_bytes = sum(&PoolUse::reserved_bytes);
    use.capacity_bytes = sum(&PoolUse::capacity_bytes);
    use.is_bound = std::ranges::any_of(chips, [=](const ChipUse& chip) { return chip.pool(pool).is_bound; });
    return use;
}

CbUse sum_of_cbs(std::span<const ChipUse> chips) {
    CbUse use;
    use.reserved_bytes = sum_of_figures(chips, [](const ChipUse& chip) { return chip.cb.reserved_bytes; });
    use.resident_bytes = sum_of_figures(chips, [](const ChipUse& chip) { return chip.cb.resident_bytes; });
    use.is_bound = std::ranges::any_of(chips, [](const ChipUse& chip) { return chip.cb.is_bound; });
    return use;
}

}  // namespace ttmem

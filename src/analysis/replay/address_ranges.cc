#include "src/analysis/replay/address_ranges.h"

#include <algorithm>

#include "src/base/saturating.h"

namespace ttmem {

void AddressRanges::add(uint64_t from, uint64_t to) {
    if (to <= from) return;
    auto next = ranges_.upper_bound(from);
    if (next != ranges_.begin()) {
        const auto before = std::prev(next);
        if (before->second >= to) return;  // known already: the common case
        if (before->second >= from) {
            from = before->first;
            next = ranges_.erase(before);
        }
    }
    while (next != ranges_.end() && next->first <= to) {
        to = std::max(to, next->second);
        next = ranges_.erase(next);
    }
    ranges_.emplace_hint(next, from, to);
}

uint64_t AddressRanges::largest_hole() const {
    uint64_t largest = 0, end = lowest();
    for (const auto& [from, to] : ranges_) {
        largest = std::max(largest, from - end);
        end = to;
    }
    return largest;
}

std::vector<std::pair<uint64_t, uint64_t>> AddressRanges::outside(uint64_t from, uint64_t to) const {
    std::vector<std::pair<uint64_t, uint64_t>> parts;
    auto range = ranges_.upper_bound(from);
    if (range != ranges_.begin()) --range;
    for (; range != ranges_.end() && range->first < to; ++range) {
        if (range->first > from) parts.emplace_back(from, range->first);
        from = std::max(from, range->second);
    }
    if (from < to) parts.emplace_back(from, to);
    return parts;
}

std::optional<BankBounds> bank_around(const AddressRanges& taken, std::optional<Interval> begin, uint64_t bytes) {
    if (taken.empty()) return BankBounds{begin.value_or(Interval{}), bytes};
    if (taken.end() - taken.lowest() > bytes) return std::nullopt;
    Interval possible{taken.end() - std::min(taken.end(), bytes), taken.lowest()};
    if (begin) possible = {std::max(possible.low, begin->low), std::min(possible.high, begin->high)};
    if (possible.low > possible.high) return std::nullopt;
    return BankBounds{possible, bytes};
}

// What is free below all and what is free above all is known together; the bank's begin divides it.
Interval largest_gap(const AddressRanges& taken, const BankBounds& bank) {
    if (taken.empty()) return {bank.bytes, bank.bytes};
    const uint64_t hole = taken.largest_hole();
    const uint64_t edges = bank.bytes - std::min(bank.bytes, taken.end() - taken.lowest());
    const auto below = [&](uint64_t begin) {
        return std::min(edges, taken.lowest() - std::min(taken.lowest(), begin));
    };
    const uint64_t least = below(bank.begin.high), most = below(bank.begin.low);
    const uint64_t even = std::clamp((edges + 1) / 2, least, most);
    const auto larger = [&](uint64_t part) { return std::max({hole, part, edges - part}); };
    return {larger(even), std::max(larger(least), larger(most))};
}

}  // namespace ttmem

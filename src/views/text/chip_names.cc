#include "src/views/text/chip_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr size_t kMostIds = 4;  // in one list

bool same(const PoolUse& a, const PoolUse& b) {
    const auto all = [](const PoolUse& p) {
        return std::tie(p.requested_bytes, p.reserved_bytes, p.allocations, p.peak_requested, p.peak_reserved,
                        p.capacity_bytes, p.is_bound);
    };
    return all(a) == all(b);
}

bool same(const ChipUse& a, const ChipUse& b) {
    return a.chip.arch == b.chip.arch && a.cb.reserved_bytes == b.cb.reserved_bytes &&
           a.cb.resident_bytes == b.cb.resident_bytes && a.cb.largest_core_bytes == b.cb.largest_core_bytes &&
           a.cb.is_bound == b.cb.is_bound &&
           std::equal(a.pools.begin(), a.pools.end(), b.pools.begin(),
                      [](const PoolUse& x, const PoolUse& y) { return same(x, y); });
}

// Sorted numbers as ranges: "0-3, 7".
std::string ranges(const std::set<uint32_t>& numbers) {
    std::string text;
    for (auto it = numbers.begin(); it != numbers.end();) {
        const uint32_t first = *it;
        uint32_t last = first;
        while (++it != numbers.end() && *it == last + 1) ++last;
        if (!text.empty()) text += ", ";
        text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
    }
    return text;
}

std::string id_list(const std::vector<ChipId>& ids) {
    std::string text;
    const size_t shown = ids.size() <= kMostIds ? ids.size() : kMostIds - 1;
    for (size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + hex64(ids[i].value);
    if (shown < ids.size()) text += fmt::format(" and {} more", ids.size() - shown);
    return text;
}

}  // namespace

ChipNames::ChipNames(std::span<const ChipUse> chips) { learn(chips); }

ChipNames::ChipNames(const Snapshot& snapshot) {
    for (const Process& process : snapshot.processes) {
        if (process.state == ProcessState::kLive) learn(process.chips);
    }
}

void ChipNames::learn(std::span<const ChipUse> chips) {
    for (const ChipUse& use : chips) {
        const ChipId id = use.chip.id;
        const auto known = numbers_.find(id);
        const bool fits = use.chip.logical_id && (known == numbers_.end() || known->second == *use.chip.logical_id);
        const bool agreed = fits && (!seen_.contains(id) || seen_[id]);
        seen_[id] = agreed;
        if (agreed) numbers_[id] = *use.chip.logical_id;
    }
    std::map<uint32_t, int> uses;
    for (const auto& [id, number] : numbers_) ++uses[number];
    for (const auto& [id, number] : numbers_) {
        if (uses[number] > 1) seen_[id] = false;
    }
}

std::string ChipNames::list(const std::vector<ChipId>& chips) const {
    std::set<uint32_t> numbers;
    std::vector<ChipId> ids;
    for (const ChipId id : chips) {
        const auto seen = seen_.find(id);
        if (seen != seen_.end() && seen->second) {
            numbers.insert(numbers_.at(id));
        } else {
            ids.push_back(id);
        }
    }
    std::string text = ranges(numbers);
    if (!text.empty() && !ids.empty()) text += ", ";
    return text + id_list(ids);
}

std::string ChipNames::list(const std::vector<ChipId>& chips, const Process& process) const {
    return process.state == ProcessState::kLive ? list(chips) : ChipNames(process.chips).list(chips);
}

std::vector<ChipGroup> fold_equal(std::span<const ChipUse> chips) {
    std::vector<ChipGroup> groups;
    for (const ChipUse& use : in_order(chips)) {
        const auto group =
            std::find_if(groups.begin(), groups.end(), [&](const ChipGroup& g) { return same(g.use, use); });
        if (group != groups.end()) {
            group->chips.push_back(use.chip.id);
        } else {
            groups.push_back({use, {use.chip.id}});
        }
    }
    return groups;
}

}  // namespace ttmem

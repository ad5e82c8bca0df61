#include "src/analysis/explain.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "src/analysis/story.h"

namespace ttmem {
namespace {

uint64_t end_of(const Allocation& a) { return a.address.value + a.bytes_per_bank; }

bool covers(const Allocation& a, DeviceAddress address) {
    return a.address <= address && address.value < std::max(end_of(a), a.address.value + 1);
}

std::vector<Neighbours> neighbours_of(const Snapshot& snapshot, const Selection& selection, DeviceAddress address) {
    std::array<Neighbours, kPoolCount> nearest;
    const auto at = [&](std::optional<uint32_t> i) -> const Allocation& { return snapshot.allocations[*i]; };
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        if (standing_of(snapshot, a) != Standing::kLive) continue;
        Neighbours& n = nearest[static_cast<size_t>(a.pool)];
        if (a.address <= address && (!n.below || end_of(at(n.below)) < end_of(a))) n.below = i;
        if (a.address > address && (!n.above || a.address < at(n.above).address)) n.above = i;
    }
    std::vector<Neighbours> found;
    for (const Pool pool : kAllPools) {
        Neighbours& n = nearest[static_cast<size_t>(pool)];
        n.pool = pool;
        if (n.below || n.above) found.push_back(n);
    }
    return found;
}

}  // namespace

Explanation explain(const Snapshot& snapshot, DeviceAddress address, const Filter& filter) {
    Explanation explanation{address, {}, {}};
    const Selection selection = select(snapshot, filter);
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        if (covers(a, address)) explanation.matches.push_back({i, address.value - a.address.value, {}});
    }
    const auto order = [&](const Match& match) {
        const Allocation& a = snapshot.allocations[match.allocation];
        return std::make_tuple(standing_of(snapshot, a), -a.since, a.process, a.pool, a.handle);
    };
    std::sort(explanation.matches.begin(), explanation.matches.end(),
              [&](const Match& a, const Match& b) { return order(a) < order(b); });
    for (Match& match : explanation.matches) match.story = story_of(snapshot, match.allocation, match.offset);

    const bool live_match =
        !explanation.matches.empty() &&
        standing_of(snapshot, snapshot.allocations[explanation.matches.front().allocation]) == Standing::kLive;
    if (!live_match) explanation.neighbours = neighbours_of(snapshot, selection, address);
    return explanation;
}

}  // namespace ttmem

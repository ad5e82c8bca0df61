#include "src/analysis/overlaps.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace ttmem {

std::vector<Overlap> overlaps(const Snapshot& snapshot, const Selection& selection) {
    Selection by_address = selection;
    std::sort(by_address.begin(), by_address.end(), [&](uint32_t a, uint32_t b) {
        const auto key = [&](uint32_t i) { return std::pair(snapshot.allocations[i].address.value, i); };
        return key(a) < key(b);
    });
    std::map<std::pair<ChipId, Pool>, uint32_t> furthest;
    std::vector<Overlap> found;
    for (const uint32_t i : by_address) {
        const Allocation& a = snapshot.allocations[i];
        if (a.pool == Pool::kSystem || a.bytes_per_bank == 0 || standing_of(snapshot, a) != Standing::kLive) continue;
        std::optional<uint32_t> inside;
        for (const ChipId chip : snapshot.place_of(a).chips) {
            const auto [before, first] = furthest.try_emplace({chip, a.pool}, i);
            if (first) continue;
            const uint64_t end = snapshot.allocations[before->second].end();
            if (!inside && a.address.value < end) inside = before->second;
            if (a.end() > end) before->second = i;
        }
        if (inside) found.push_back({i, *inside});
    }
    return found;
}

}  // namespace ttmem

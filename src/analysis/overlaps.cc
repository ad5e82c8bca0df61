#include "src/analysis/overlaps.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace ttmem {
namespace {

// Where blocks exclude each other. Processes that share a chip share its addresses, too.
using Space = std::tuple<ChipId, Pool, uint32_t, uint32_t>;  // process and registration of a part of a mesh; 0, 0

Space space_of(const Place& place, ChipId chip, Pool pool) {
    if (place.kind != PlaceKind::kMeshPart) return {chip, pool, 0, 0};
    return {chip, pool, place.process.value + 1, place.registration};
}

}  // namespace

Selection overlapping(const Snapshot& snapshot, const Selection& selection) {
    Selection by_address = selection;
    std::sort(by_address.begin(), by_address.end(), [&](uint32_t a, uint32_t b) {
        const auto key = [&](uint32_t i) { return std::pair(snapshot.allocations[i].address.value, i); };
        return key(a) < key(b);
    });
    std::map<Space, uint64_t> ends;
    Selection found;
    for (const uint32_t i : by_address) {
        const Allocation& a = snapshot.allocations[i];
        if (a.pool == Pool::kSystem || standing_of(snapshot, a) != Standing::kLive) continue;
        const Place& place = snapshot.place_of(a);
        bool overlaps = false;
        for (const ChipId chip : place.chips) {
            uint64_t& end = ends[space_of(place, chip, a.pool)];
            overlaps |= a.bytes_per_bank != 0 && a.address.value < end;
            end = std::max(end, a.end());
        }
        if (overlaps) found.push_back(i);
    }
    return found;
}

}  // namespace ttmem

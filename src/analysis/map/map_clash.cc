#include "src/analysis/map/map_clash.h"

#include <algorithm>

#include "src/analysis/failures/last_failure.h"

namespace ttmem {
namespace {

std::optional<MapClash> clash_of(const Failure* failure) {
    if (failure == nullptr || failure->kind != FailureKind::kCbClash || !failure->bytes_per_bank) return std::nullopt;
    return MapClash{failure->place, failure->op, *failure->bytes_per_bank};
}

}  // namespace

uint64_t MapClash::beyond(const Snapshot& snapshot, const ChipMap& map) const {
    if (!map.l1) return 0;
    if (place) {
        const std::vector<ChipId>& chips = snapshot.places[place->value].chips;
        if (std::ranges::find_first_of(map.chips, chips) == map.chips.end()) return 0;
    }
    return map.l1->overlap(end);
}

std::optional<MapClash> newest_clash(const Snapshot& snapshot) { return clash_of(newest_failure(snapshot)); }

std::optional<MapClash> last_clash(const Snapshot& snapshot) {
    return clash_of(newest_failure(snapshot, FailureKind::kCbClash));
}

}  // namespace ttmem

#include "src/analysis/snapshot/attribution.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "src/analysis/snapshot/verdicts.h"
#include "src/base/saturating.h"
#include "src/model/call_stack.h"

namespace ttmem {

Sum& Sum::operator+=(const Sum& other) {
    allocations += other.allocations;
    requested_bytes = saturating_add(requested_bytes, other.requested_bytes);
    reserved_bytes = saturating_add(reserved_bytes, other.reserved_bytes);
    return *this;
}

Sum sum_of(const Snapshot& snapshot, const Allocation& allocation, Over over) {
    const uint64_t chips = over == Over::kOneChip ? 1 : snapshot.place_of(allocation).chips.size();
    return {1, saturating_multiply(allocation.requested_bytes, chips),
            saturating_multiply(allocation.reserved_bytes(), chips)};
}

Sum total(const Snapshot& snapshot, const Selection& selection, Over over) {
    Sum sum;
    for (const uint32_t i : selection) sum += sum_of(snapshot, snapshot.allocations[i], over);
    return sum;
}

namespace {

PlaceIndex first_alike(const Snapshot& snapshot, PlaceIndex place) {
    const Place& given = snapshot.places[place.value];
    for (uint32_t i = 0; i < place.value; ++i) {
        const Place& other = snapshot.places[i];
        if (other.process == given.process && other.chips == given.chips) return PlaceIndex{i};
    }
    return place;
}

std::vector<Share> shares_of(const Snapshot& snapshot, const Selection& selection, bool by_verdict, Over over) {
    struct Part {
        Sum sum;
        std::set<uint32_t> iterations;
    };
    std::map<Owner, Part> parts;
    std::unordered_map<uint32_t, StackFrame> lines;   // by stack
    std::unordered_map<uint32_t, PlaceIndex> places;  // the first one alike
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        Owner owner = {a.process, a.place, a.op, a.tag, a.program, a.holder_ended, a.pool, a.allocation_class};
        if (by_verdict) {
            owner.verdict = verdict_of(snapshot, a);
            const auto [at, fresh] = lines.try_emplace(a.stack);
            if (fresh) at->second = user_frame(snapshot, a.stack);
            owner.line = at->second;
            const auto [like, is_first] = places.try_emplace(a.place.value);
            if (is_first) like->second = first_alike(snapshot, a.place);
            owner.place = like->second;
        }
        Part& part = parts[owner];
        part.sum += sum_of(snapshot, a, over);
        if (a.iteration != 0) part.iterations.insert(a.iteration);
    }
    std::vector<Share> shares;
    for (const auto& [owner, part] : parts) shares.push_back({owner, part.sum, part.iterations.size()});
    std::stable_sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) {
        return std::make_tuple(a.owner.process, ~a.sum.reserved_bytes) <
               std::make_tuple(b.owner.process, ~b.sum.reserved_bytes);
    });
    return shares;
}

}  // namespace

std::vector<Share> by_owner(const Snapshot& snapshot, const Selection& selection) {
    return shares_of(snapshot, selection, false, Over::kAllChips);
}

std::vector<Share> by_owner_and_verdict(const Snapshot& snapshot, const Selection& selection, Over over) {
    return shares_of(snapshot, selection, true, over);
}

}  // namespace ttmem

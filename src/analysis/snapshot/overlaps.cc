#include "src/analysis/snapshot/overlaps.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr std::string_view kBeginning = "allocators overlap: ";

// Processes whose blocks were in use together: all that live, and each ended one by itself.
uint32_t company_of(const Snapshot& s, const Allocation& a) {
    return s.process_of(a).state == ProcessState::kLive ? 0 : 1 + a.process.value;
}

// Where a block ends and when it was in use, for what lies at a higher address: of a process that lives all are now.
struct Reach {
    uint64_t end;
    WallTime since, until;
    uint32_t allocation;

    bool meets(const Reach& other) const { return since <= other.until && other.since <= until; }
    bool makes_needless(const Reach& other) const {
        return end >= other.end && since <= other.since && until >= other.until;
    }
};

Reach reach_of(const Snapshot& s, uint32_t i) {
    constexpr WallTime kEver = std::numeric_limits<WallTime>::max();
    const Allocation& a = s.allocations[i];
    if (s.process_of(a).state == ProcessState::kLive) return {a.end(), 0, kEver, i};
    return {a.end(), a.since, a.released ? s.place_of(a).closed_at.value_or(kEver) : kEver, i};
}

bool has_address(const Snapshot& s, const Allocation& a) {
    const bool is_gone = a.released && s.process_of(a).state == ProcessState::kLive;
    return a.pool != Pool::kSystem && a.bytes_per_bank != 0 && !is_gone;
}

// What lies before the addresses that are looked at, in one pool of a chip, and reaches further than all that was in
// use whenever it was.
class Before {
public:
    // The one that reaches furthest of those that reach beyond `address` and were in use together with this one, which
    // is one of them from now on.
    std::optional<Reach> passed(uint64_t address, const Reach& reach) {
        std::optional<Reach> furthest;
        bool is_needless = false;
        for (const Reach& other : reaches_) {
            is_needless |= other.makes_needless(reach);
            const bool is_inside = address < other.end && other.meets(reach);
            if (is_inside && (!furthest || other.end > furthest->end)) furthest = other;
        }
        if (is_needless) return furthest;
        std::erase_if(reaches_,
                      [&](const Reach& other) { return other.end <= address || reach.makes_needless(other); });
        reaches_.push_back(reach);
        return furthest;
    }

private:
    std::vector<Reach> reaches_;
};

}  // namespace

std::vector<Overlap> overlaps(const Snapshot& snapshot, const Selection& selection) {
    std::vector<std::pair<uint64_t, uint32_t>> by_address;
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        if (has_address(snapshot, a)) by_address.emplace_back(a.address.value, i);
    }
    std::sort(by_address.begin(), by_address.end());
    std::map<std::tuple<ChipId, Pool, uint32_t>, Before> before;
    std::vector<Overlap> found;
    for (const auto& [address, i] : by_address) {
        const Allocation& a = snapshot.allocations[i];
        const Reach reach = reach_of(snapshot, i);
        std::optional<Reach> inside;
        for (const ChipId chip : snapshot.place_of(a).chips) {
            const auto on_chip = before[{chip, a.pool, company_of(snapshot, a)}].passed(address, reach);
            if (on_chip && (!inside || on_chip->end > inside->end)) inside = on_chip;
        }
        if (inside) found.push_back({i, inside->allocation});
    }
    return found;
}

bool has_places_over_each_other(const Snapshot& snapshot) {
    std::map<ChipId, size_t> open;
    for (const Place& place : snapshot.places) {
        if (!place.open || snapshot.processes[place.process.value].state != ProcessState::kLive) continue;
        for (const ChipId chip : place.chips) {
            if (++open[chip] > 1) return true;
        }
    }
    return false;
}

std::optional<std::string> overlap_sentence(const Snapshot& s, const Selection& selection) {
    const std::vector<Overlap> found = overlaps(s, selection);
    if (found.empty()) return std::nullopt;
    const auto between_processes = [&](const Overlap& overlap) {
        return s.allocations[overlap.allocation].process != s.allocations[overlap.inside].process;
    };
    const auto shared = std::find_if(found.begin(), found.end(), between_processes);
    const Overlap& told = shared != found.end() ? *shared : found.front();
    const Allocation &a = s.allocations[told.allocation], &inside = s.allocations[told.inside];
    std::string text =
        std::string(kBeginning) + fmt::format("{} inside another ({} at {} in {})",
                                              counted(found.size(), "allocation begins", "allocations begin"),
                                              found.size() == 1 ? "that" : "one of them", address_text(a.address.value),
                                              pool_name(a.pool));
    if (shared != found.end()) {
        return text + fmt::format(", for processes {} and {} use the same chips at once: the bytes of both count",
                                  s.process_of(a).pid, s.process_of(inside).pid);
    }
    return text + (a.place != inside.place
                       ? ", as of a mesh and its sub-meshes, each of which has an allocator of its own over the same "
                         "memory: what one wrote the other overwrites, and the bytes of both count"
                       : ": a free was missed, or two allocators share a pool");
}

const std::string* told_overlaps(const Coverage& coverage) {
    const auto told = std::find_if(coverage.notes.begin(), coverage.notes.end(),
                                   [](const std::string& note) { return note.starts_with(kBeginning); });
    return told == coverage.notes.end() ? nullptr : &*told;
}

void note_overlaps(Snapshot& snapshot) {
    std::erase_if(snapshot.coverage.notes, [](const std::string& note) { return note.starts_with(kBeginning); });
    Selection all(snapshot.allocations.size());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    if (std::optional<std::string> sentence = overlap_sentence(snapshot, all)) {
        snapshot.coverage.note(std::move(*sentence), false);
    }
}

}  // namespace ttmem

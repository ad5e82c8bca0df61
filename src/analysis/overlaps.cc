#include "src/analysis/overlaps.h"

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

WallTime ended_at(const Snapshot& s, const Allocation& a) {
    constexpr WallTime kNotYet = std::numeric_limits<WallTime>::max();
    return a.released ? s.place_of(a).closed_at.value_or(kNotYet) : kNotYet;
}

bool met(const Snapshot& s, const Allocation& a, const Allocation& b) {
    return a.since <= ended_at(s, b) && b.since <= ended_at(s, a);
}

bool has_address(const Snapshot& s, const Allocation& a) {
    const bool is_gone = a.released && s.process_of(a).state == ProcessState::kLive;
    return a.pool != Pool::kSystem && a.bytes_per_bank != 0 && !is_gone;
}

}  // namespace

std::vector<Overlap> overlaps(const Snapshot& snapshot, const Selection& selection) {
    std::vector<std::pair<uint64_t, uint32_t>> by_address;
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        if (has_address(snapshot, a)) by_address.emplace_back(a.address.value, i);
    }
    std::sort(by_address.begin(), by_address.end());
    std::map<std::tuple<ChipId, Pool, uint32_t>, uint32_t> furthest;
    std::vector<Overlap> found;
    for (const auto& [address, i] : by_address) {
        const Allocation& a = snapshot.allocations[i];
        std::optional<uint32_t> inside;
        for (const ChipId chip : snapshot.place_of(a).chips) {
            const auto [before, first] = furthest.try_emplace({chip, a.pool, company_of(snapshot, a)}, i);
            if (first) continue;
            const Allocation& other = snapshot.allocations[before->second];
            if (!inside && address < other.end() && met(snapshot, a, other)) inside = before->second;
            if (a.end() > other.end()) before->second = i;
        }
        if (inside) found.push_back({i, *inside});
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
                                              found.size() == 1 ? "that" : "one of them", hex64(a.address.value),
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

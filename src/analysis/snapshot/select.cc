#include "src/analysis/snapshot/select.h"

#include <algorithm>
#include <tuple>

namespace ttmem {
namespace {

// The answers that depend on a place or a text alone, found once for each instead of once per allocation.
class Matcher {
public:
    Matcher(const Snapshot& snapshot, const Filter& filter) : snapshot_(snapshot), filter_(filter) {
        for (const Place& place : snapshot.places) places_.push_back(fits(place));
        if (!filter.op.empty()) ops_ = containing(filter.op);
        if (!filter.tag.empty()) tags_ = containing(filter.tag);
    }

    bool operator()(const Allocation& a) const {
        return places_[a.place.value] && (!filter_.pool || a.pool == *filter_.pool) &&
               (!filter_.allocation_class || a.allocation_class == *filter_.allocation_class) &&
               a.reserved_bytes() >= filter_.min_bytes && (ops_.empty() || ops_[a.op]) &&
               (tags_.empty() || tags_[a.tag]) && (!filter_.standing || standing_of(snapshot_, a) == *filter_.standing);
    }

private:
    bool fits(const Place& place) const {
        const Process& process = snapshot_.processes[place.process.value];
        if (filter_.pid && process.pid != *filter_.pid) return false;
        return !filter_.chip || is_on(snapshot_, place, *filter_.chip);
    }

    std::vector<bool> containing(const std::string& part) const {
        std::vector<bool> found;
        for (const std::string& text : snapshot_.texts) found.push_back(text.find(part) != std::string::npos);
        return found;
    }

    const Snapshot& snapshot_;
    const Filter& filter_;
    std::vector<bool> places_, ops_, tags_;
};

}  // namespace

std::vector<const Process*> latest_first(const Snapshot& snapshot) {
    std::vector<const Process*> processes;
    for (const Process& process : snapshot.processes) processes.push_back(&process);
    const auto order = [](const Process* process) {
        const bool ended = process->state != ProcessState::kLive;
        const WallTime at =
            ended && process->last_sign_at != 0 ? process->last_sign_at : process->started_at.value_or(0);
        return std::make_tuple(ended, -at, process->pid);
    };
    std::stable_sort(processes.begin(), processes.end(),
                     [&](const Process* a, const Process* b) { return order(a) < order(b); });
    return processes;
}

std::string_view standing_name(Standing standing) {
    switch (standing) {
        case Standing::kLive:
            return "live";
        case Standing::kHeld:
            return "held_at_exit";
        case Standing::kReleased:
            return "released_by_close";
    }
    return "live";
}

Standing standing_of(const Snapshot& snapshot, const Allocation& allocation) {
    if (allocation.released) return Standing::kReleased;
    return snapshot.process_of(allocation).state == ProcessState::kLive ? Standing::kLive : Standing::kHeld;
}

bool is_on(const Snapshot& snapshot, const Place& place, const ChipName& name) {
    const std::vector<ChipUse>& described = snapshot.processes[place.process.value].chips;
    return std::any_of(place.chips.begin(), place.chips.end(), [&](ChipId chip) {
        if (name.id) return chip == *name.id;
        return std::any_of(described.begin(), described.end(), [&](const ChipUse& use) {
            return use.chip.id == chip && use.chip.logical_id == name.logical_id;
        });
    });
}

Selection select(const Snapshot& snapshot, const Filter& filter) {
    const Matcher matches(snapshot, filter);
    Selection selection;
    for (uint32_t i = 0; i < snapshot.allocations.size(); ++i) {
        if (matches(snapshot.allocations[i])) selection.push_back(i);
    }
    return selection;
}

void sort(const Snapshot& snapshot, Selection& selection, SortKey key) {
    const auto place_in_order = [&](uint32_t i) {
        const Allocation& a = snapshot.allocations[i];
        return std::make_tuple(a.process.value, a.pool, a.address.value, a.handle);
    };
    // The first key, as a number that grows in the order of showing.
    const auto first_key = [&](const Allocation& a) -> uint64_t {
        switch (key) {
            case SortKey::kReserved:
                return ~a.reserved_bytes();
            case SortKey::kRequested:
                return ~a.requested_bytes;
            case SortKey::kAge:
                return a.since == 0 ? UINT64_MAX : static_cast<uint64_t>(a.since);
            case SortKey::kAddress:
                return a.address.value;
            case SortKey::kPid:
                return snapshot.process_of(a).pid;
            case SortKey::kOp:
                return 0;
        }
        return 0;
    };
    std::sort(selection.begin(), selection.end(), [&](uint32_t left, uint32_t right) {
        const Allocation &a = snapshot.allocations[left], &b = snapshot.allocations[right];
        if (key == SortKey::kOp && a.op != b.op) return snapshot.texts[a.op] < snapshot.texts[b.op];
        const uint64_t first = first_key(a), second = first_key(b);
        return first != second ? first < second : place_in_order(left) < place_in_order(right);
    });
}

}  // namespace ttmem

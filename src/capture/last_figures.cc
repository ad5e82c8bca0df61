#include "src/capture/last_figures.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "src/base/saturating.h"

namespace ttmem::capture {
namespace {

// Bytes of a pool on a chip that a process has, and the most that it had.
struct Amount {
    uint64_t requested = 0, reserved = 0, allocations = 0, most_requested = 0, most_reserved = 0;

    void add(const Allocation& a) {
        requested = saturating_add(requested, a.requested_bytes);
        reserved = saturating_add(reserved, a.reserved_bytes());
        ++allocations;
        most_requested = std::max(most_requested, requested);
        most_reserved = std::max(most_reserved, reserved);
    }
    void take(const Allocation& a) {
        requested -= std::min(requested, a.requested_bytes);
        reserved -= std::min(reserved, a.reserved_bytes());
        allocations -= std::min<uint64_t>(allocations, 1);
    }
};

class Amounts {
public:
    explicit Amounts(const Recording& recording) : places_(recording.end.places), live_(places_.size()) {
        for (const Allocation& a : recording.live_before) {
            if (!a.released) arrive(a);
        }
        recording.source->rewind();
        for (std::vector<Event> block; recording.source->next(block);) {
            for (const Event& event : block) follow(event);
        }
        recording.source->rewind();
    }

    using Key = std::pair<ChipId, Pool>;
    const std::map<Key, Amount>& of(uint32_t process) { return amounts_[process]; }

private:
    void follow(const Event& event) {
        if (event.place >= places_.size()) return;
        if (event.kind == EventKind::kPlaceClosed) {
            for (const auto& [handle, a] : std::exchange(live_[event.place], {})) change(a, false);
        } else if (event.kind == EventKind::kFreed) {
            const auto at = live_[event.place].find(event.subject);
            if (at == live_[event.place].end()) return;
            change(at->second, false);
            live_[event.place].erase(at);
        } else if (event.kind == EventKind::kAllocated) {
            Allocation a;
            a.handle = event.subject, a.pool = event.pool, a.banks = event.banks;
            a.requested_bytes = event.requested_bytes, a.bytes_per_bank = event.bytes_per_bank;
            a.place = PlaceIndex{event.place}, a.process = ProcessIndex{event.process};
            arrive(a);
        }
    }
    void arrive(const Allocation& a) {
        if (live_[a.place.value].emplace(a.handle, a).second) change(a, true);
    }
    void change(const Allocation& a, bool arrives) {
        for (const ChipId chip : places_[a.place.value].chips) {
            Amount& amount = amounts_[a.process.value][{chip, a.pool}];
            arrives ? amount.add(a) : amount.take(a);
        }
    }

    const std::vector<Place>& places_;
    std::vector<std::unordered_map<uint64_t, Allocation>> live_;  // by place, handle
    std::map<uint32_t, std::map<Key, Amount>> amounts_;           // by process
};

std::optional<Interval> raised(const std::optional<Interval>& peak, uint64_t most) {
    return peak ? std::optional(Interval{std::max(peak->low, most), std::max(peak->high, most)}) : std::nullopt;
}

void set_figures(const Amount& amount, bool knows_peak, PoolUse& pool) {
    pool.requested_bytes = amount.requested, pool.reserved_bytes = amount.reserved;
    pool.allocations = amount.allocations;
    pool.peak_requested = knows_peak ? raised(pool.peak_requested, amount.most_requested) : std::nullopt;
    pool.peak_reserved = knows_peak ? raised(pool.peak_reserved, amount.most_reserved) : std::nullopt;
}

// One that it opened after the state: as another process describes it.
ChipUse use_of_chip(const Snapshot& end, ChipId id) {
    ChipUse use;
    use.chip.id = id;
    for (const Process& process : end.processes) {
        for (const ChipUse& known : process.chips) {
            if (known.chip.id != id) continue;
            use.chip = known.chip;
            for (size_t pool = 0; pool < kPoolCount; ++pool)
                use.pools[pool].capacity_bytes = known.pools[pool].capacity_bytes;
        }
    }
    for (PoolUse& pool : use.pools) pool.peak_requested = pool.peak_reserved = Interval{};
    return use;
}

void figure(const Snapshot& end, const std::map<Amounts::Key, Amount>& amounts, bool knows_peak, Process& process) {
    for (const auto& [key, amount] : amounts) {
        const ChipId chip = key.first;
        const auto has = [chip](const ChipUse& use) { return use.chip.id == chip; };
        if (std::none_of(process.chips.begin(), process.chips.end(), has))
            process.chips.push_back(use_of_chip(end, chip));
    }
    for (ChipUse& use : process.chips) {
        for (size_t pool = 0; pool < kPoolCount; ++pool) {
            const auto amount = amounts.find({use.chip.id, static_cast<Pool>(pool)});
            set_figures(amount == amounts.end() ? Amount() : amount->second, knows_peak, use.pools[pool]);
        }
    }
}

}  // namespace

void figure_at_last_event(Recording& recording) {
    Snapshot& end = recording.end;
    Amounts amounts(recording);
    for (uint32_t i = 0; i < end.processes.size(); ++i) {
        const bool is_gap_later = std::any_of(recording.gaps.begin(), recording.gaps.end(), [&](const HistoryGap& gap) {
            const bool is_later = gap.to == 0 || gap.to > end.generated_at;
            // With each look that was asked for comes a state, which has the peak.
            const bool has_states = gap.sampled && end.processes[i].level != "counts";
            return gap.process.value == i && is_later && !has_states;
        });
        figure(end, amounts.of(i), !is_gap_later, end.processes[i]);
        end.processes[i].held_allocations = end.processes[i].held_bytes = 0;
    }
    for (const Allocation& a : end.allocations) {
        Process& process = end.processes[a.process.value];
        if (process.state == ProcessState::kLive || a.released) continue;
        const uint64_t chips = end.places[a.place.value].chips.size();
        ++process.held_allocations;
        process.held_bytes = saturating_add(process.held_bytes, saturating_multiply(a.requested_bytes, chips));
    }
}

bool has_later_circular_buffers(const Recording& recording) {
    bool has = false;
    recording.source->rewind();
    for (std::vector<Event> block; !has && recording.source->next(block);) {
        has = std::any_of(block.begin(), block.end(), [&](const Event& event) {
            const bool changes = event.kind == EventKind::kPlanChanged || event.kind == EventKind::kDispatched ||
                                 event.kind == EventKind::kCircularBuffersFreed ||
                                 event.kind == EventKind::kProgramDestroyed;
            return changes && event.at > recording.end.generated_at;
        });
    }
    recording.source->rewind();
    return has;
}

}  // namespace ttmem::capture

#include "src/collector/combine.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>

#include "src/base/saturating.h"
#include "src/base/text.h"
#include "src/collector/cb_figures.h"

namespace ttmem {
namespace {

std::optional<uint64_t> sum(const std::optional<uint64_t>& a, const std::optional<uint64_t>& b) {
    return a && b ? std::optional(saturating_add(*a, *b)) : std::nullopt;
}

// Where two processes say different things, nobody knows; and a third one does not help.
class DescriptionMerger {
public:
    explicit DescriptionMerger(const ChipDescription& first) : merged_(first) {}

    void merge(const ChipDescription& other) {
        keep_equal("its logical number", merged_.logical_id, other.logical_id, logical_id_);
        keep_equal_text("its architecture", merged_.arch, other.arch, arch_);
        for (size_t p = 0; p < kPoolCount; ++p) {
            const std::string what = "the capacity of pool " + std::string(pool_name(static_cast<Pool>(p)));
            keep_equal(what, merged_.pools[p], other.pools[p], pools_[p]);
        }
        keep_equal("its grid", merged_.grid_x, other.grid_x, grid_x_);
        keep_equal("its grid", merged_.grid_y, other.grid_y, grid_y_);
        keep_equal("its L1 size", merged_.l1_bytes_per_core, other.l1_bytes_per_core, l1_size_);
        keep_equal("its L1 base", merged_.l1_base, other.l1_base, l1_base_);
        keep_equal("its DRAM base", merged_.dram_base, other.dram_base, dram_base_);
    }

    const ChipDescription& description() const { return merged_; }
    const std::vector<std::string>& disputed() const { return disputed_; }

private:
    template <class Value>
    void keep_equal(const std::string& what, std::optional<Value>& mine, const std::optional<Value>& other,
                    bool& disputed) {
        if (disputed || !other || mine == other) return;
        if (!mine) {  // only others know
            mine = other;
            return;
        }
        mine.reset();
        disputed = true;
        note(what);
    }
    void keep_equal_text(const std::string& what, std::string& mine, const std::string& other, bool& disputed) {
        if (disputed || other.empty() || mine == other) return;
        if (mine.empty()) {
            mine = other;
            return;
        }
        mine.clear();
        disputed = true;
        note(what);
    }
    void note(const std::string& what) {
        if (std::find(disputed_.begin(), disputed_.end(), what) == disputed_.end()) disputed_.push_back(what);
    }

    ChipDescription merged_;
    std::vector<std::string> disputed_;
    std::array<bool, kPoolCount> pools_{};
    bool logical_id_ = false, arch_ = false, grid_x_ = false, grid_y_ = false, l1_size_ = false, l1_base_ = false;
    bool dram_base_ = false;
};

// What one process has of a chip, and when it lived; it may have lived longer where that is not known.
struct ProcessUse {
    const ChipUse* use;
    bool lives;
    WallTime begun, ended;
};

ProcessUse use_of(const Process& process, const ChipUse& use) {
    return {&use, process.state == ProcessState::kLive, process.started_at.value_or(0),
            held_until(process).value_or(std::numeric_limits<WallTime>::max())};
}

// Begins and ends of lives in their order: whose, and which. Begins first where they meet.
class Lives {
public:
    explicit Lives(const std::vector<ProcessUse>& parts) {
        for (size_t i = 0; i < parts.size(); ++i) {
            turns_.emplace_back(parts[i].begun, false, i);
            turns_.emplace_back(std::max(parts[i].begun, parts[i].ended), true, i);
        }
        std::sort(turns_.begin(), turns_.end());
    }
    // The largest sum over those that lived at one time.
    template <class Bytes>
    uint64_t most(const Bytes& bytes) const {
        unsigned __int128 now = 0, most = 0;
        for (const auto& [at, ends, part] : turns_) {
            now = ends ? now - bytes(part) : now + bytes(part);
            most = std::max(most, now);
        }
        return static_cast<uint64_t>(std::min<unsigned __int128>(most, UINT64_MAX));
    }

private:
    std::vector<std::tuple<WallTime, bool, size_t>> turns_;
};

// The peak of a total lies between the largest that is known to have been reached and the largest sum of the peaks of
// processes that lived at one time. What processes that ended held to their ends was not in use at one time: they may
// have run one after the other.
std::optional<Interval> combine_peaks(const std::vector<ProcessUse>& parts, const Lives& lives, size_t pool,
                                      std::optional<Interval> PoolUse::*peak, std::optional<uint64_t> PoolUse::*now) {
    Interval total;
    uint64_t in_use_now = 0;
    for (const ProcessUse& part : parts) {
        const PoolUse& use = part.use->pools[pool];
        const std::optional<Interval>& one = use.*peak;
        if (!one) return std::nullopt;
        total.low = std::max(total.low, one->low);
        if (part.lives) in_use_now = saturating_add(in_use_now, (use.*now).value_or(0));
    }
    total.low = std::min(std::max(total.low, in_use_now), UINT64_MAX - 1);  // UINT64_MAX: nothing bounds it
    const uint64_t most = lives.most([&](size_t part) { return (parts[part].use->pools[pool].*peak)->high; });
    total.high = std::max(most, total.low);
    return total;
}

PoolUse combine_pool(const std::vector<ProcessUse>& parts, const Lives& lives, size_t pool) {
    PoolUse total = parts.front().use->pools[pool];
    for (size_t i = 1; i < parts.size(); ++i) {
        const PoolUse& one = parts[i].use->pools[pool];
        total.requested_bytes = sum(total.requested_bytes, one.requested_bytes);
        total.reserved_bytes = sum(total.reserved_bytes, one.reserved_bytes);
        total.allocations = sum(total.allocations, one.allocations);
        total.is_bound |= one.is_bound;
    }
    total.peak_requested = combine_peaks(parts, lives, pool, &PoolUse::peak_requested, &PoolUse::requested_bytes);
    total.peak_reserved = combine_peaks(parts, lives, pool, &PoolUse::peak_reserved, &PoolUse::reserved_bytes);
    return total;
}

// Circular buffers of several processes on one chip after the other. They may overlap, so the figures are of all
// regions together; chips of a mesh have the same ones, for which they are added up once.
class CbCombiner {
public:
    // Where a process does not know, nobody knows.
    CbUse combine(const std::vector<ProcessUse>& parts) {
        std::vector<const CbRegions*> regions;
        bool is_bound = false;
        for (const ProcessUse& part : parts) {
            const CbUse& of = part.use->cb;
            if (!of.regions) return {};
            is_bound |= of.is_bound;
            regions.push_back(of.regions.get());
        }
        const auto [known, is_new] = known_.try_emplace(std::move(regions));
        if (is_new) known->second = added_up(known->first);
        CbUse use = known->second;
        use.is_bound = is_bound;
        return use;
    }

private:
    static CbUse added_up(const std::vector<const CbRegions*>& regions) {
        auto all = std::make_shared<CbRegions>();
        for (const CbRegions* one : regions) {
            all->reserved.insert(all->reserved.end(), one->reserved.begin(), one->reserved.end());
            all->resident.insert(all->resident.end(), one->resident.begin(), one->resident.end());
        }
        return cb_use(std::move(all));
    }

    std::map<std::vector<const CbRegions*>, CbUse> known_;
};

ChipUse combine_chip(const std::vector<ProcessUse>& parts, CbCombiner& cbs, Coverage& coverage) {
    if (parts.size() == 1) return *parts.front().use;
    ChipUse total;
    DescriptionMerger merger(parts.front().use->chip);
    for (const ProcessUse& part : parts) merger.merge(part.use->chip);
    total.chip = merger.description();
    for (const std::string& what : merger.disputed()) {
        coverage.note("processes disagree about chip " + hex64(total.chip.id.value) + ": " + what + " is not shown",
                      false);
    }
    const Lives lives(parts);
    for (size_t p = 0; p < kPoolCount; ++p) {
        total.pools[p] = combine_pool(parts, lives, p);
        const auto& banks = total.chip.pools[p];
        total.pools[p].capacity_bytes.reset();
        uint64_t capacity = 0;
        if (banks && !__builtin_mul_overflow(banks->banks, banks->bytes_per_bank, &capacity)) {
            total.pools[p].capacity_bytes = capacity;
            std::optional<Interval>& peak = total.pools[p].peak_reserved;
            if (peak && peak->low <= capacity) peak->high = std::min(peak->high, capacity);
        }
    }
    total.cb = cbs.combine(parts);
    return total;
}

}  // namespace

std::vector<ChipUse> combine_chips(const std::vector<const Process*>& processes, Coverage& coverage) {
    std::map<ChipId, std::vector<ProcessUse>> by_chip;
    for (const Process* process : processes) {
        for (const ChipUse& use : process->chips) by_chip[use.chip.id].push_back(use_of(*process, use));
    }
    CbCombiner cbs;
    std::vector<ChipUse> chips;
    for (const auto& [id, parts] : by_chip) chips.push_back(combine_chip(parts, cbs, coverage));
    return in_order(chips);
}

std::vector<ChipUse> combine_chips(const Snapshot& snapshot, Which which, Coverage& coverage) {
    std::vector<const Process*> processes;
    for (const Process& process : snapshot.processes) {
        if (which == Which::kAll || process.state == ProcessState::kLive) processes.push_back(&process);
    }
    return combine_chips(processes, coverage);
}

}  // namespace ttmem

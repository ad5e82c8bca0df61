#include "src/analysis/failures/failure_explanation_holders.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "src/analysis/replay/pool_banks.h"
#include "src/analysis/snapshot/select.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

bool lies_on(const Snapshot& snapshot, const Allocation& allocation, ChipId chip) {
    const std::vector<ChipId>& chips = snapshot.place_of(allocation).chips;
    return std::find(chips.begin(), chips.end(), chip) != chips.end();
}

bool counts(const Snapshot& snapshot, const Allocation& allocation, Pool pool) {
    return allocation.pool == pool && standing_of(snapshot, allocation) == Standing::kLive;
}

// Positions of the live blocks of the pool on the chip, lowest address first.
std::vector<uint32_t> blocks_of(const Snapshot& snapshot, Pool pool, ChipId chip) {
    std::vector<uint32_t> blocks;
    for (uint32_t i = 0; i < snapshot.allocations.size(); ++i) {
        const Allocation& allocation = snapshot.allocations[i];
        if (counts(snapshot, allocation, pool) && lies_on(snapshot, allocation, chip)) blocks.push_back(i);
    }
    std::ranges::stable_sort(blocks, {}, [&](uint32_t i) { return snapshot.allocations[i].address; });
    return blocks;
}

// The chip with the most reserved bytes of the pool; the smallest id of equals.
std::optional<ChipId> fullest_chip(const Snapshot& snapshot, Pool pool) {
    std::map<ChipId, uint64_t> reserved;
    for (const Allocation& allocation : snapshot.allocations) {
        if (!counts(snapshot, allocation, pool)) continue;
        for (const ChipId chip : snapshot.place_of(allocation).chips) {
            reserved[chip] = saturating_add(reserved[chip], allocation.reserved_bytes());
        }
    }
    const auto most = std::ranges::max_element(reserved, {}, [](const auto& entry) { return entry.second; });
    if (most == reserved.end()) return std::nullopt;
    return most->first;
}

std::optional<uint32_t> logical_id_of(const Snapshot& snapshot, ChipId chip) {
    for (const ChipUse& use : snapshot.chips) {
        if (use.chip.id == chip) return use.chip.logical_id;
    }
    return std::nullopt;
}

struct BankEnds {
    uint64_t begin = 0, end = 0;
};

std::optional<BankEnds> ends_of_bank(const Snapshot& snapshot, Pool pool, ChipId chip) {
    const auto begin = told_begin_of_bank(snapshot, {chip}, pool);
    const auto banks = banks_of(snapshot, {chip}, pool);
    if (!begin || !banks) return std::nullopt;
    return BankEnds{*begin, saturating_add(*begin, banks->bytes_per_bank)};
}

}  // namespace

std::optional<PoolHolders> holders_of(const Snapshot& snapshot, Pool pool) {
    const std::optional<ChipId> chip = fullest_chip(snapshot, pool);
    if (!chip) return std::nullopt;
    PoolHolders result{pool, *chip, logical_id_of(snapshot, *chip), 0, 0, {}};
    std::map<std::tuple<ProcessIndex, uint32_t, uint32_t, AllocationClass>, Holder> holders;
    for (const uint32_t i : blocks_of(snapshot, pool, *chip)) {
        const Allocation& a = snapshot.allocations[i];
        Holder& holder = holders[{a.process, a.op, a.tag, a.allocation_class}];
        holder.process = a.process, holder.op = a.op, holder.tag = a.tag, holder.allocation_class = a.allocation_class;
        ++holder.allocations;
        holder.bytes_per_bank = saturating_add(holder.bytes_per_bank, a.bytes_per_bank);
        holder.reserved_bytes = saturating_add(holder.reserved_bytes, a.reserved_bytes());
        ++result.allocations;
        result.reserved_bytes = saturating_add(result.reserved_bytes, a.reserved_bytes());
    }
    for (const auto& [key, holder] : holders) result.largest.push_back(holder);
    std::ranges::stable_sort(result.largest, std::greater{}, &Holder::reserved_bytes);
    if (result.largest.size() > kMostHolders) result.largest.resize(kMostHolders);
    return result;
}

std::optional<uint32_t> block_that_makes_room(const Snapshot& snapshot, const PoolHolders& holders, uint64_t bytes,
                                              const OwnBlocks* own) {
    const std::vector<uint32_t> blocks = blocks_of(snapshot, holders.pool, holders.chip);
    const std::optional<BankEnds> bank = ends_of_bank(snapshot, holders.pool, holders.chip);
    std::optional<uint32_t> best;
    // The end of all lower blocks; without any, where the bank begins, or the first block.
    uint64_t below = bank ? bank->begin : blocks.empty() ? 0 : snapshot.allocations[blocks[0]].address.value;
    for (size_t i = 0; i < blocks.size(); ++i) {
        const Allocation& a = snapshot.allocations[blocks[i]];
        if (a.address.value > below && a.address.value - below >= bytes) return std::nullopt;  // there is room
        const uint64_t above = i + 1 < blocks.size() ? snapshot.allocations[blocks[i + 1]].address.value
                                                     : std::max(a.end(), bank ? bank->end : 0);
        const bool can_go = own == nullptr || !own->has(a);
        const bool better = !best || a.bytes_per_bank < snapshot.allocations[*best].bytes_per_bank;
        if (above > below && above - below >= bytes && better && can_go) best = blocks[i];
        below = std::max(below, a.end());
    }
    if (bank && bank->end > below && bank->end - below >= bytes) return std::nullopt;  // at the top
    return best;
}

std::vector<uint32_t> blocks_below(const Snapshot& snapshot, const PoolHolders& holders, uint64_t end) {
    std::vector<uint32_t> blocks = blocks_of(snapshot, holders.pool, holders.chip);
    std::erase_if(blocks, [&](uint32_t i) { return snapshot.allocations[i].address.value >= end; });
    return blocks;
}

std::string owner_text(const Snapshot& snapshot, ProcessIndex process, uint32_t op, uint32_t tag,
                       AllocationClass allocation_class) {
    const std::string& op_text = snapshot.texts[op];
    const std::string& tag_text = snapshot.texts[tag];
    std::string text = tag_text.empty() || op_text.empty() ? tag_text + op_text : tag_text + " of " + op_text;
    if (text.empty()) {
        text = allocation_class == AllocationClass::kUnknown ? "a buffer without a name"
                                                             : std::string(class_name(allocation_class)) + " memory";
    } else if (allocation_class == AllocationClass::kProgram) {
        text += "'s binary";
    }
    const Process& owner = snapshot.processes[process.value];
    return text + ", " + (owner.comm.empty() ? "process" : owner.comm) + " (" + std::to_string(owner.pid) + ")";
}

}  // namespace ttmem

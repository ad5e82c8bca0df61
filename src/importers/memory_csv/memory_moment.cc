#include "src/importers/memory_csv/memory_moment.h"

#include <algorithm>

#include "src/base/saturating.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

std::string upper_name(Pool pool) {
    std::string text(pool_name(pool));
    for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

std::string bank_text(const PoolState& state) {
    const std::string banks = state.banks ? with_commas(*state.banks) + " banks" : std::string("each bank");
    if (state.bank_bytes == 0) return upper_name(state.pool) + ": no memory";
    std::string text = upper_name(state.pool) + ": " + banks;
    if (state.bank_bytes) text += " of " + bytes_text(*state.bank_bytes);
    if (state.allocated_per_bank) {
        text += ", " + bytes_text(*state.allocated_per_bank) + " of each allocated";
        if (state.bank_bytes && *state.bank_bytes >= *state.allocated_per_bank)
            text += ", " + bytes_text(*state.bank_bytes - *state.allocated_per_bank) + " free";
    }
    if (state.largest_free_per_bank) {
        text += ", largest free block " + bytes_text(*state.largest_free_per_bank);
        if (const auto all = exact_product(state.largest_free_per_bank, state.banks))
            text += " (" + bytes_text(*all) + " in all banks)";
    }
    return text;
}

// How full a bank is: by what is allocated, else by how little is free in one piece.
bool is_fuller(const PoolState& a, const PoolState& b) {
    if (a.allocated_per_bank && b.allocated_per_bank) return *a.allocated_per_bank > *b.allocated_per_bank;
    return a.largest_free_per_bank && b.largest_free_per_bank && *a.largest_free_per_bank < *b.largest_free_per_bank;
}

struct Fullest {
    const PoolState* state = nullptr;
    std::optional<uint64_t> program;
};

Fullest fullest_of(const std::vector<MemoryMoment>& moments, Pool pool) {
    Fullest fullest;
    for (const MemoryMoment& moment : moments) {
        for (const PoolState& state : moment.pools) {
            if (state.pool != pool || (fullest.state != nullptr && !is_fuller(state, *fullest.state))) continue;
            fullest = {&state, moment.program};
        }
    }
    return fullest;
}

void add_end(const PoolState& state, ImportedChip& chip) {
    PoolUse& use = chip.use.pool(state.pool);
    use.capacity_bytes = state.total ? state.total : exact_product(state.bank_bytes, state.banks);
    use.reserved_bytes = state.allocated ? state.allocated : exact_product(state.allocated_per_bank, state.banks);
    if (state.banks && state.bank_bytes)
        chip.use.chip.pools[static_cast<size_t>(state.pool)] = {*state.banks, *state.bank_bytes};
}

}  // namespace

ImportedUse use_of(const std::vector<MemoryMoment>& moments, Coverage coverage) {
    ImportedUse use;
    use.format = "tt-metal-memory-csv";
    use.coverage = std::move(coverage);
    ImportedChip chip;
    if (!moments.empty()) {
        for (const PoolState& state : moments.back().pools) add_end(state, chip);
    }
    const bool programs = moments.size() > 1;
    for (const Pool pool : kChipPools) {
        const Fullest fullest = fullest_of(moments, pool);
        if (fullest.state == nullptr) continue;
        const PoolState& state = *fullest.state;
        ImportedPeak& peak = chip.peak(pool);
        peak.bytes_per_bank = state.allocated_per_bank;
        peak.reserved_bytes = state.allocated ? state.allocated : exact_product(state.allocated_per_bank, state.banks);
        if (fullest.program) peak.operation = "program " + std::to_string(*fullest.program);
        use.verdict += (use.verdict.empty() ? "" : "; ") + bank_text(state) +
                       (programs && fullest.program ? " (program " + std::to_string(*fullest.program) + ")" : "");
    }
    use.verdict = (programs ? "At its fullest: " : "") + use.verdict + ".";
    use.chips.push_back(std::move(chip));
    use.coverage.note(programs
                          ? "The table has one moment for each of " + counted(moments.size(), "program") +
                                ", when it was compiled: what was allocated later is not in it."
                          : "The table has one moment of one device: no peaks, no operations, no circular buffers.",
                      false);
    return use;
}

}  // namespace ttmem

// What helps against allocators that ran out.
#include <algorithm>

#include "src/analysis/failures/failure_parts.h"
#include "src/model/hardware.h"

namespace ttmem {
namespace {

// Nobody spreads one tensor over more chips than the largest machine of one host has.
constexpr uint64_t kMostChips = 32;
// Every Wormhole and Blackhole chip offers at least so many compute cores, however many of them are harvested.
constexpr uint64_t kFewestCores = 56;
// No one reads more; a block to end is named besides.
constexpr size_t kMostRemedies = 3;

// What one bank can give in one piece now; of a buffer that no bank can hold, in an empty bank.
std::optional<uint64_t> usable(const Advice& a) {
    if (a.e.cause == FailureCause::kLargerThanBank && !a.f.largest_free_per_bank) return a.f.bank_bytes;
    return a.f.largest_placeable_per_bank ? a.f.largest_placeable_per_bank : a.f.largest_free_per_bank;
}

// False when the snapshot shows that no chip has so much DRAM free.
bool dram_may_hold(const Snapshot* snapshot, uint64_t bytes) {
    if (snapshot == nullptr || snapshot->chips.empty()) return true;
    return std::ranges::any_of(snapshot->chips, [&](const ChipUse& chip) {
        const PoolUse& dram = chip.pool(Pool::kDram);
        if (!dram.capacity_bytes || !dram.reserved_bytes) return true;
        return *dram.capacity_bytes > *dram.reserved_bytes && *dram.capacity_bytes - *dram.reserved_bytes >= bytes;
    });
}

void use_dram(Advice& a) {
    if (!a.f.requested_bytes) {
        a.add("use_dram", "Place it in DRAM (memory_config=ttnn.DRAM_MEMORY_CONFIG).");
    } else if (dram_may_hold(a.snapshot, *a.f.requested_bytes)) {
        a.add_bytes("use_dram",
                    "Place it in DRAM (memory_config=ttnn.DRAM_MEMORY_CONFIG): it takes about " +
                        bytes_text(*a.f.requested_bytes) + " there.",
                    a.f.requested_bytes, kOfChip);
    }
}

// A single block whose end would make room; only a snapshot shows one.
void end_one_block(Advice& a) {
    if (a.snapshot == nullptr || !a.e.holders || !a.f.bytes_per_bank || a.e.cause == FailureCause::kLargerThanBank)
        return;
    const std::optional<uint32_t> block = block_that_makes_room(*a.snapshot, *a.e.holders, *a.f.bytes_per_bank, a.own);
    if (!block) return;
    const Allocation& allocation = a.snapshot->allocations[*block];
    Remedy& remedy =
        a.add("free_block", "Free " + a.name_of(allocation) + ": " + bytes_text(allocation.bytes_per_bank) +
                                " of each bank. That alone makes room for it, as far as the machine was seen.");
    remedy.bytes = allocation.bytes_per_bank;
    remedy.bytes_per = bank_of(a.f);
    remedy.address = allocation.address.value;
}

uint64_t most_cores(const Snapshot* snapshot) {
    uint64_t most = 0;
    for (const ChipUse& chip : snapshot == nullptr ? std::vector<ChipUse>{} : snapshot->chips) {
        const auto& banks = chip.chip.pools[static_cast<size_t>(Pool::kL1)];
        if (banks) most = std::max(most, banks->banks);
    }
    return most == 0 ? kFewestCores : most;
}

void use_more_cores(Advice& a) {
    if (!a.f.banks || !usable(a) || *usable(a) == 0) return;
    const std::optional<uint64_t> total = product_of(a.f.bytes_per_bank, a.f.banks);
    if (!total) return;
    const uint64_t cores = parts_of(*total, *usable(a));
    if (cores <= *a.f.banks || cores > most_cores(a.snapshot)) return;
    Remedy& remedy =
        a.add("more_cores", "Shard it over at least " + std::to_string(cores) + " cores instead of " +
                                std::to_string(*a.f.banks) + ": each can give " + bytes_text(*usable(a)) + ".");
    remedy.cores = cores;
}

void ask_for_less(Advice& a) {
    if (!usable(a) || *usable(a) == 0 || (a.f.bytes_per_bank && *usable(a) >= *a.f.bytes_per_bank)) return;
    const std::optional<uint64_t> total = a.f.banks ? product_of(*usable(a), *a.f.banks) : std::nullopt;
    a.add_bytes("ask_for_less",
                "Ask for at most " + bytes_text(*usable(a)) + " of each bank" +
                    (total ? " (" + bytes_text(*total) + " in all)" : "") +
                    " at a time: smaller batches, chunks or data types.",
                total ? total : usable(a), total ? kOfChip : bank_of(a.f));
}

void use_more_chips(Advice& a) {
    if (!usable(a) || *usable(a) == 0) return;
    const uint64_t chips = parts_of(*a.f.bytes_per_bank, *usable(a));
    if (chips < 2 || chips > kMostChips) return;
    a.add("more_chips",
          "Shard it over at least " + std::to_string(chips) + " chips that have as much free as this one.")
        .chips = chips;
}

// Which tensors of DRAM can be fewer or smaller.
constexpr std::string_view kHoldLess =
    "weights (bf16 or bfp8), KV cache (a smaller batch or max_model_len), other tensors";

void free_some(Advice& a) {
    const bool dram = a.f.pool == Pool::kDram;
    if (!a.e.missing_per_bank) {
        if (dram)
            a.add("free", "Free or load less on the chip: " + std::string(kHoldLess) + ".");
        else
            a.add("free", "Free buffers of " + (a.f.buffer_type.empty() ? std::string("the pool") : a.f.buffer_type) +
                              " that are not needed any more (ttnn.deallocate) before it is allocated.");
        return;
    }
    a.add_bytes("free",
                "Free at least " + bytes_text(*a.e.missing_per_bank) + " in each bank" +
                    (a.e.missing_bytes ? " (" + bytes_text(*a.e.missing_bytes) + " in all)" : "") +
                    ", in one piece with free space" + (dram ? ": " + std::string(kHoldLess) : std::string()) + ".",
                a.e.missing_bytes ? a.e.missing_bytes : a.e.missing_per_bank,
                a.e.missing_bytes ? kOfChip : bank_of(a.f));
}

// That its region, all of it, would not do.
bool trace_region_is_too_little(const Advice& a) {
    const std::optional<TakenOfBank> taken = taken_of_bank(a.f);
    return taken && a.e.missing_per_bank && taken->bytes < *a.e.missing_per_bank;
}

void shrink_trace_region(Advice& a) {
    const std::optional<TakenOfBank> taken = taken_of_bank(a.f);
    if (taken && !taken->of_region) return;
    const std::optional<uint64_t> all = taken ? product_of(taken->least(), a.f.banks) : std::nullopt;
    if (all) {
        a.add_bytes(
            "smaller_trace_region",
            "Open the device with a smaller trace_region_size: it takes " +
                std::string(taken->least() == taken->bytes ? "" : "at least ") + bytes_text(taken->least()) +
                " of each bank (" + bytes_text(*all) + " in all), and " +
                (a.f.says_only ? "each byte less gives one back to each bank" : "what it gives up goes back to them") +
                (trace_region_is_too_little(a) ? "; alone that is not enough." : "."),
            all, kOfChip);
    } else if (!a.f.bank_bytes) {
        a.add("smaller_trace_region",
              "Open the device with a smaller trace_region_size, if it has one: it is taken from the same banks.");
    }
}

void get_figures(Advice& a) {
    if (a.f.free_per_bank) return;
    a.add("get_figures",
          "To learn the missing figures: run it under `ttmem run`, or with a tt-metal of 2026, whose message has what "
          "was allocated, free and in one piece.");
}

// ---- L1_SMALL and TRACE: regions whose size is chosen at open

void keep_config_in_dram(Advice& a) {
    a.add("config_tensors_in_dram",
          "Keep the configuration tensors of convolutions and halo in DRAM (Conv2dConfig config_tensors_in_dram=True): "
          "they fill L1_SMALL, and the program cache keeps them.");
}

void enlarge_l1_small(Advice& a) {
    if (!a.f.bytes_per_bank) {
        a.add("larger_l1_small", "Open the device with a larger l1_small_size.");
        return keep_config_in_dram(a);
    }
    const uint64_t need = *a.f.bytes_per_bank;
    const std::optional<uint64_t> surely = sum_of(a.f.bank_bytes, need);
    if (!surely) {
        a.add_bytes("raise_l1_small",
                    "Raise l1_small_size by at least " + bytes_text(need) +
                        " (the present size is not in the message): for this buffer; later ones may need more.",
                    need, kOfCore);
    } else {
        const bool measured =
            a.e.missing_per_bank && a.e.cause != FailureCause::kFragmented && a.e.cause != FailureCause::kNearlyFull;
        const std::optional<uint64_t> least = measured ? sum_of(a.f.bank_bytes, a.e.missing_per_bank) : surely;
        std::string text = "Open the device with l1_small_size of at least " + bytes_text(*least) + " instead of " +
                           bytes_text(*a.f.bank_bytes);
        if (*least < *surely) text += " (" + bytes_text(*surely) + " whatever else is in it)";
        text += ": for this buffer; later ones may need more";
        if (const std::optional<uint64_t> roomy = sum_of(*surely, *surely / 4))
            text += ", so leave headroom (a quarter more is " + bytes_text(*roomy) + ")";
        a.add_bytes("larger_l1_small", text + ".", least, kOfCore);
    }
    keep_config_in_dram(a);
    if (a.e.cause == FailureCause::kFull) {
        const std::optional<uint64_t> all = a.e.missing_bytes;
        a.add_bytes("free",
                    "Free at least " + bytes_text(*a.e.missing_per_bank) + " of L1_SMALL on each core" +
                        (all ? " (" + bytes_text(*all) + " in all)." : "."),
                    all ? all : a.e.missing_per_bank, all ? kOfChip : kOfCore);
    }
    end_one_block(a);
}

void enlarge_trace_pool(Advice& a) {
    const std::optional<uint64_t> per_bank = sum_of(a.f.bank_bytes, a.e.missing_per_bank);
    const std::optional<uint64_t> aligned = per_bank ? rounded_up(*per_bank, kTraceAlignment) : std::nullopt;
    const std::optional<uint64_t> size = product_of(aligned, a.f.banks);
    a.add_bytes("larger_trace_region",
                size ? "Open the device with trace_region_size of at least " + bytes_text(*size) +
                           ": for this trace; later ones need more."
                     : std::string("Open the device with a larger trace_region_size."),
                size, kOfChip);
    end_one_block(a);
}

void advise_l1(Advice& a) {
    use_dram(a);
    if (a.e.cause == FailureCause::kLargerThanBank && !a.f.bank_bytes) return;
    use_more_cores(a);
}

}  // namespace

bool may_spread_over_cores(const FailureFigures& f) {
    if (!f.banks) return true;
    const std::optional<uint64_t> piece = f.largest_placeable_per_bank ? f.largest_placeable_per_bank
                                          : f.largest_free_per_bank    ? f.largest_free_per_bank
                                                                       : f.bank_bytes;
    const std::optional<uint64_t> all = product_of(f.bytes_per_bank, f.banks);
    if (!piece || !all || *f.banks >= kFewestCores) return *f.banks < kFewestCores;
    return *piece != 0 && parts_of(*all, *piece) <= kFewestCores;
}

void advise_memory(Advice& a) {
    if (a.f.pool == Pool::kL1Small) return enlarge_l1_small(a);
    if (a.f.pool == Pool::kTrace) return enlarge_trace_pool(a);
    if (a.f.pool == Pool::kL1) advise_l1(a);
    switch (a.e.cause) {
        case FailureCause::kFull:
        case FailureCause::kNearlyFull:
            free_some(a);
            break;
        case FailureCause::kFragmented:
            a.add_bytes(
                "move_together",
                "Allocate it before the buffers that lie between the free blocks, or move those together: the free "
                "bytes of each bank would hold it.",
                a.f.free_per_bank, bank_of(a.f));
            break;
        case FailureCause::kOtherAllocators:
            a.add_bytes("free_other_allocators",
                        "Free buffers of the overlapping allocators, so that at least " +
                            bytes_text(*a.e.missing_per_bank) + " more of each bank join the largest piece.",
                        a.e.missing_per_bank, bank_of(a.f));
            break;
        case FailureCause::kUnknown:
            if (a.f.largest_free_per_bank) break;  // it would have fitted
            free_some(a);
            break;
        default:
            break;
    }
    const bool shrink = a.f.pool == Pool::kDram && a.e.cause != FailureCause::kLargerThanBank;
    const bool shrink_last = shrink && trace_region_is_too_little(a);
    if (shrink && !shrink_last) shrink_trace_region(a);
    ask_for_less(a);
    if (a.e.cause == FailureCause::kUnknown) get_figures(a);
    if (a.f.pool == Pool::kDram && a.f.bytes_per_bank) {
        use_more_chips(a);
        if (!usable(a)) a.add("more_chips", "Spread the model over more chips.");
    }
    if (shrink_last) shrink_trace_region(a);  // what is not enough displaces nothing
    if (a.remedies.size() > kMostRemedies) a.remedies.erase(a.remedies.begin() + kMostRemedies, a.remedies.end());
    end_one_block(a);
    if (a.remedies.empty())
        a.add("get_figures", "Ask for less at a time, and run it under `ttmem run` to see what holds the memory.");
}

}  // namespace ttmem

// What allocators say when they run out: asked, had, cause and verdict.
#include <algorithm>
#include <array>

#include "src/analysis/failures/failure_parts.h"
#include "src/model/hardware.h"

namespace ttmem {
namespace {

bool in_l1(const FailureFigures& f) { return f.pool == Pool::kL1 || f.pool == Pool::kL1Small; }
std::string in_all(std::optional<uint64_t> bytes) { return bytes ? ", " + bytes_text(*bytes) + " in all" : ""; }
// A bank of DRAM; of L1 pools each core is one.
std::string_view bank_word(const FailureFigures& f) { return in_l1(f) ? "bank (one per core)" : "bank"; }
std::string_view each(const FailureFigures& f) { return in_l1(f) ? "core" : "bank"; }
std::string pool_text(const FailureFigures& f) { return f.buffer_type.empty() ? "Memory" : f.buffer_type; }

std::string asked_of_memory(const FailureFigures& f) {
    std::string text = f.requested_bytes ? bytes_text(*f.requested_bytes) : "Memory";
    if (!f.buffer_type.empty()) text += " of " + f.buffer_type;
    if (f.banks) text += " in " + std::to_string(*f.banks) + (*f.banks == 1 ? " bank" : " banks");
    if (f.bytes_per_bank)
        text += ": " + at_least(f) + bytes_text(*f.bytes_per_bank) + " of each " + std::string(bank_word(f));
    return text + ".";
}

std::string had_of_memory(const FailureFigures& f) {
    if (!f.bank_bytes) return "";
    std::string text = "Each bank has " + bytes_text(*f.bank_bytes);
    if (f.allocated_per_bank) text += ", " + bytes_text(*f.allocated_per_bank) + " of it allocated";
    if (f.allocated_per_bank && *f.bank_bytes != 0 && *f.allocated_per_bank <= *f.bank_bytes)
        text += " (" + percent_text(*f.allocated_per_bank, *f.bank_bytes) + ")";
    if (f.free_per_bank) text += " and " + bytes_text(*f.free_per_bank) + " free";
    if (f.largest_free_per_bank) text += "; the largest free block has " + bytes_text(*f.largest_free_per_bank);
    if (f.placeable_per_bank) {
        text += ". Blocks of other allocators leave " + bytes_text(*f.placeable_per_bank) + " of that";
        if (f.largest_placeable_per_bank)
            text += ", at most " + bytes_text(*f.largest_placeable_per_bank) + " in one piece";
    }
    return text + ".";
}

// What the allocator could have given in one piece at most, if the message tells.
std::optional<uint64_t> largest_piece(const FailureFigures& f) {
    return f.largest_placeable_per_bank ? f.largest_placeable_per_bank : f.largest_free_per_bank;
}

// What a bank of the pool has at most on any hardware that the message may come from; absent where nothing is known.
std::optional<uint64_t> most_of_a_bank(const FailureFigures& f) {
    uint64_t l1 = 0, dram = 0;
    for (const HardwareBounds& hardware : kKnownHardware) {
        l1 = std::max(l1, hardware.l1_bytes);
        dram = std::max(dram, hardware.dram_bank_bytes);
    }
    if (in_l1(f)) return l1;
    if (f.pool != Pool::kDram) return std::nullopt;
    const HardwareBounds* hardware = hardware_of_dram_banks(f.banks);
    return hardware != nullptr ? hardware->dram_bank_bytes : dram;
}

bool is_nearly_full(const FailureFigures& f) {
    if (!f.bank_bytes || !f.allocated_per_bank || *f.allocated_per_bank > *f.bank_bytes) return false;
    return static_cast<unsigned __int128>(*f.allocated_per_bank) * 100 >=
           static_cast<unsigned __int128>(*f.bank_bytes) * kNearlyFullPercent;
}

FailureCause cause_of_memory(const FailureFigures& f) {
    if (!f.bytes_per_bank || *f.bytes_per_bank == 0) return FailureCause::kUnknown;
    const uint64_t need = *f.bytes_per_bank;
    if (f.bank_bytes == 0) return FailureCause::kNoRegion;
    if (f.bank_bytes && need > *f.bank_bytes) return FailureCause::kLargerThanBank;
    if (f.free_per_bank && need > *f.free_per_bank) return FailureCause::kFull;
    if (f.largest_placeable_per_bank && need > *f.largest_placeable_per_bank) return FailureCause::kOtherAllocators;
    if (f.largest_free_per_bank && need > *f.largest_free_per_bank)
        return is_nearly_full(f) ? FailureCause::kNearlyFull : FailureCause::kFragmented;
    if (!f.bank_bytes && most_of_a_bank(f) && need > *most_of_a_bank(f)) return FailureCause::kLargerThanBank;
    return FailureCause::kUnknown;
}

// What to do first, in the verdict.
std::string_view first_step(const FailureFigures& f, FailureCause cause) {
    if (f.pool == Pool::kL1Small) return "open the device with a larger l1_small_size";
    if (f.pool == Pool::kTrace) return "open the device with a larger trace_region_size";
    if (f.pool == Pool::kL1 && cause == FailureCause::kFragmented) return "place it in DRAM, or allocate it earlier";
    if (f.pool == Pool::kL1)
        return may_spread_over_cores(f) ? "place it in DRAM, or spread it over more cores" : "place it in DRAM";
    if (cause == FailureCause::kLargerThanBank) return "split it, or spread it over more chips";
    if (cause == FailureCause::kFragmented)
        return "allocate it earlier, or move the buffers between the free pieces together";
    return "hold less on the chip (weights, KV cache, other tensors), or use more chips";
}

// What is known of a bank of which the message gives no state: how much of it the buffer would be.
void explain_untold(const FailureFigures& f, FailureExplanation& e) {
    const std::optional<uint64_t> need = f.bytes_per_bank;
    if (need && f.largest_free_per_bank && *f.largest_free_per_bank >= *need) {
        e.limit = "By its own figures the buffer would have fitted: the message does not tell why it did not.";
        e.verdict = pool_text(f) +
                    " was refused though by the message's own figures it would have fitted; run it under `ttmem run` "
                    "to see what lay there.";
        return;
    }
    e.verdict = pool_text(f) + " had no room for " +
                (need ? at_least(f) + bytes_text(*need) + (in_l1(f) ? " on each " : " in each ") + std::string(each(f))
                 : f.requested_bytes ? bytes_text(*f.requested_bytes)
                                     : std::string("it"));
    const std::optional<uint64_t> bank = f.bank_bytes ? f.bank_bytes : most_of_a_bank(f);
    const bool region = f.pool == Pool::kL1Small || f.pool == Pool::kTrace;
    if (need && bank && *bank != 0 && (!region || f.bank_bytes) && *need >= *bank / 1000) {
        e.verdict += ", " + percent_text(*need, *bank) + " of " +
                     (f.bank_bytes ? "it"
                      : in_l1(f)   ? "a core's L1"
                                   : "a bank");
        e.verdict += ": others hold the rest";
    }
    e.verdict += "; " + std::string(first_step(f, FailureCause::kUnknown)) + ".";
    if (need && f.bank_bytes) {
        e.limit = "An empty bank would hold it. The message does not say what was free: either less than " +
                  bytes_text(*need) + " was free in each bank, or no free block was that large.";
    } else {
        e.limit = "The message does not say what the banks had: whether they were full or fragmented is not known.";
    }
    const HardwareBounds* hardware = f.pool == Pool::kDram ? hardware_of_dram_banks(f.banks) : nullptr;
    if (hardware != nullptr && need && !f.bank_bytes) {
        e.notes.push_back(std::to_string(*f.banks) + " banks are those of " + std::string(hardware->name) +
                          ", each with " + bytes_text(hardware->dram_bank_bytes) +
                          " at most: what this buffer needs is " + percent_text(*need, hardware->dram_bank_bytes) +
                          " of one. So weights, the KV cache or a trace region filled them before." +
                          (*f.banks == 8 ? " A Grayskull has 8 banks, too, of 1 GiB each." : ""));
    }
}

void explain_too_large(const FailureFigures& f, FailureExplanation& e) {
    const uint64_t need = *f.bytes_per_bank;
    const uint64_t bank = f.bank_bytes ? *f.bank_bytes : *most_of_a_bank(f);
    e.missing_per_bank = need - bank;
    e.missing_bytes = product_of(e.missing_per_bank, f.banks);
    e.verdict = "Too large for " + pool_text(f) + ", whatever else the chip holds: " + at_least(f) + bytes_text(need) +
                " per " + std::string(each(f)) + ", and ";
    if (f.bank_bytes) {
        e.limit = "Too large: even an empty bank is " + bytes_text(need - bank) + " too small.";
        e.verdict += "an empty one has " + bytes_text(bank);
    } else {
        std::string cores;
        for (const HardwareBounds& hardware : kKnownHardware) {
            cores +=
                (cores.empty() ? "" : " or ") + bytes_text(hardware.l1_bytes) + " (" + std::string(hardware.name) + ")";
        }
        e.limit = "Too large: neither full nor fragmented, for a " + std::string(each(f)) + " has " +
                  (in_l1(f) ? cores : bytes_text(bank) + " at most") + " in all.";
        e.verdict += "no " + std::string(each(f)) + " has more than " + bytes_text(bank);
    }
    e.verdict += "; " + std::string(f.pool == Pool::kL1 ? "place it in DRAM" : first_step(f, e.cause)) + ".";
}

// Says where the figures of one message contradict each other; whether they do.
bool check_memory(const FailureFigures& f, FailureExplanation& e) {
    const size_t told = e.notes.size();
    const std::optional<uint64_t> sum = sum_of(f.allocated_per_bank, f.free_per_bank);
    if (f.bank_bytes && f.allocated_per_bank && f.free_per_bank && sum != f.bank_bytes) {
        e.notes.push_back("Allocated and free bytes do not add up to the size of the bank in this message.");
    }
    if (f.largest_free_per_bank && f.free_per_bank && *f.largest_free_per_bank > *f.free_per_bank) {
        e.notes.push_back("The largest free block is larger than all free bytes in this message.");
    }
    if (f.banks == 0) e.notes.push_back("There are no banks at all in this message.");
    const std::optional<uint64_t> reserved = f.per_bank_is_least ? std::nullopt : product_of(f.bytes_per_bank, f.banks);
    const bool less = reserved && f.requested_bytes && *reserved < *f.requested_bytes;
    if (less) {
        e.notes.push_back("The banks together would store less than what was asked for in this message.");
    }
    const bool contradict = e.notes.size() != told;
    if (!less && reserved && f.requested_bytes && *reserved - *f.requested_bytes >= *f.requested_bytes / 8 &&
        *reserved > *f.requested_bytes) {
        e.notes.push_back("Alignment to pages and banks adds " + bytes_text(*reserved - *f.requested_bytes) +
                          " to what was asked for.");
    }
    return contradict;
}

// Whether it fits at all: what the chip holds and what was asked for, against what its banks have.
void note_sum(const FailureFigures& f, FailureExplanation& e) {
    if (f.pool != Pool::kDram || e.cause == FailureCause::kLargerThanBank || e.cause == FailureCause::kNoRegion) return;
    const std::optional<uint64_t> held = product_of(f.allocated_per_bank, f.banks);
    const std::optional<uint64_t> asked =
        f.per_bank_is_least ? f.requested_bytes : product_of(f.bytes_per_bank, f.banks);
    const std::optional<uint64_t> has = product_of(f.bank_bytes, f.banks), sum = sum_of(held, asked);
    if (!sum || !has || sum_of(f.allocated_per_bank, f.free_per_bank) != f.bank_bytes) return;
    std::string text = *sum > *has ? "In no order does it fit beside what is held: " : "By the sum it fits: ";
    text += bytes_text(*held) + " held and " + bytes_text(*asked) + " asked for make " + bytes_text(*sum) +
            " of the chip's " + bytes_text(*has);
    if (*sum > *has) text += ", " + bytes_text(*sum - *has) + " too many";
    e.notes.push_back(text + ".");
}

// "a tt-metal since 0.73 keeps 1,048,608 B for itself, and one that was built with its profiler (Tracy) another
// 1,920,000 B"
std::string own_text(const TakenOfBank& taken) {
    std::string text;
    if (taken.kept != 0) text = "a tt-metal since 0.73 keeps " + bytes_text(taken.kept) + " for itself";
    if (taken.profiled != 0) {
        text += std::string(text.empty() ? "a tt-metal" : ", and one") + " that was built with its profiler (Tracy) " +
                (text.empty() ? "keeps " : "another ") + bytes_text(taken.profiled);
    }
    return text;
}

void note_trace_region(const FailureFigures& f, FailureExplanation& e) {
    const std::optional<TakenOfBank> taken = taken_of_bank(f);
    const std::optional<uint64_t> all = taken ? product_of(taken->bytes, f.banks) : std::nullopt;
    if (!all || (!taken->of_region && taken->profiled == 0)) return;
    const HardwareBounds& hardware = *hardware_of_dram_banks(f.banks);
    std::string text = "A " + std::string(hardware.name) + " bank has " + bytes_text(hardware.dram_bank_bytes) +
                       "; this one has " + bytes_text(taken->bytes) + " less";
    if (!taken->of_region) {
        e.notes.push_back(text + ", and no trace region: " + own_text(*taken) + ".");
        return;
    }
    text += ", which the trace region takes (" + bytes_text(*all) + " on the chip)";
    if (taken->least() != taken->bytes) {
        text += "; of that, " + own_text(*taken) + ", so that at least " + bytes_text(taken->least()) +
                " are the region's (" + bytes_text(taken->least() * *f.banks) + " on the chip)";
    }
    text += f.says_only ? ". A tt-metal of this age takes trace_region_size of each bank, not of the chip"
                        : ". A tt-metal up to 0.73 takes trace_region_size of each bank, a later one divides it over "
                          "the banks";
    e.notes.push_back(text + ".");
}

}  // namespace

void explain_memory(const FailureFigures& f, FailureExplanation& e) {
    e.asked = asked_of_memory(f);
    e.had = had_of_memory(f);
    e.cause = cause_of_memory(f);
    const uint64_t need = f.bytes_per_bank.value_or(0);
    const std::string each_one(each(f)), pool = pool_text(f);
    const auto short_of = [&](uint64_t there) {
        e.missing_per_bank = need - there;
        e.missing_bytes = product_of(e.missing_per_bank, f.banks);
        return at_least(f) + bytes_text(need - there);
    };
    const std::string then = "; " + std::string(first_step(f, e.cause)) + ".";
    switch (e.cause) {
        case FailureCause::kFull: {
            const std::string lacking = short_of(std::min(*f.free_per_bank, f.placeable_per_bank.value_or(UINT64_MAX)));
            e.limit = "Full: each bank lacks " + lacking + in_all(e.missing_bytes) + ".";
            e.verdict = pool + " is full: each " + each_one + " lacks " + lacking + then;
            if (f.bank_bytes && f.allocated_per_bank && *f.allocated_per_bank < *f.bank_bytes / 2) {
                e.verdict = pool + " has too little room for it: each " + each_one + " lacks " + lacking +
                            ", though only " + percent_text(*f.allocated_per_bank, *f.bank_bytes) +
                            " of it is allocated" + then;
            }
            break;
        }
        case FailureCause::kNearlyFull: {
            const std::string lacking = short_of(*f.largest_free_per_bank);
            const std::string full =
                percent_text(*f.allocated_per_bank, *f.bank_bytes) + " of each " + each_one + " is allocated";
            e.limit = "Nearly full, and the rest is in pieces: at least " + lacking +
                      " of each bank must become free next to the largest piece" + in_all(e.missing_bytes) + ".";
            e.verdict = pool + " is nearly full: " + full + ", and the rest is in pieces" + then;
            break;
        }
        case FailureCause::kFragmented: {
            const std::string lacking = short_of(*f.largest_free_per_bank);
            e.limit = "Fragmented: ";
            if (f.free_per_bank) {
                e.limit += "the free bytes would be enough (" + std::string(f.per_bank_is_least ? "at most " : "") +
                           bytes_text(*f.free_per_bank - need) + " more than needed), but ";
            }
            e.limit += "the largest free block is " + lacking + " too small.";
            e.verdict = pool + " is fragmented: enough is free, but the largest piece of each " + each_one + " is " +
                        lacking + " too small" + then;
            break;
        }
        case FailureCause::kLargerThanBank:
            explain_too_large(f, e);
            break;
        case FailureCause::kNoRegion: {
            const std::string lacking = short_of(0);
            e.limit = f.buffer_type + " has no memory on this device: its size was never set. Each bank lacks " +
                      lacking + in_all(e.missing_bytes) + ".";
            e.verdict = pool + " has no memory on this device: its size was never set" + then;
            break;
        }
        case FailureCause::kOtherAllocators:
            e.limit = "Blocks of overlapping allocators are in the way: the largest piece that they leave is " +
                      short_of(*largest_piece(f)) + " too small.";
            e.verdict =
                pool + " has room, but blocks of overlapping allocators (sub-devices) are in the way; free those.";
            break;
        default:
            explain_untold(f, e);
    }
    const size_t told = e.notes.size();
    if (check_memory(f, e)) {
        e.verdict.insert(0, kContradiction);
        std::rotate(e.notes.begin(), e.notes.begin() + static_cast<ptrdiff_t>(told), e.notes.end());  // why, first
    }
    note_sum(f, e);
    note_trace_region(f, e);
}

}  // namespace ttmem

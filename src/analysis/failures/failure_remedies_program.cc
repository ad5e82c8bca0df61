// What helps against programs that do not fit into L1, and against other kinds that are no allocator's own.
#include <algorithm>
#include <functional>

#include "src/analysis/failures/failure_parts.h"
#include "src/analysis/failures/l1_in_the_way.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

constexpr size_t kMostNames = 3;
// An overlap up to this is within what l1_small_size is changed by, and L1 buffers of so few bytes are no tensor.
constexpr uint64_t kSmallOverlap = 8192;
// Below this, no program of any use fits under the L1 buffers.
constexpr uint64_t kLeastRoomEnd = 131'072;

std::string words_of(const Advice& a) { return std::string(cb_words_text(a.f.cb_words)); }

std::optional<uint64_t> l1_base(const Snapshot* snapshot) {
    std::optional<uint64_t> base;
    for (const ChipUse& chip : snapshot == nullptr ? std::vector<ChipUse>{} : snapshot->chips) {
        if (chip.chip.l1_base) base = std::max(base.value_or(0), *chip.chip.l1_base);
    }
    return base;
}

void shrink_buffers(Advice& a) {
    if (l1_base(a.snapshot) && a.f.l1_buffer_address && *l1_base(a.snapshot) >= *a.f.l1_buffer_address) return;
    const std::string least = a.e.missing_is_bound ? "at least " : "";
    const std::string by = a.e.missing_per_bank ? ", by " + least + bytes_text(*a.e.missing_per_bank) : "";
    a.add_bytes("smaller_circular_buffers",
                "Make the " + words_of(a) + " of " +
                    (a.f.program ? "program " + std::to_string(*a.f.program) : std::string("the program")) +
                    " smaller" + by + " on each core: smaller blocks, or less double buffering.",
                a.e.missing_per_bank, kOfCore);
}

// Blocks that have one name, as the loop that made them gives it.
struct NamedBlocks {
    std::string name;
    std::vector<uint32_t> blocks;
};
std::vector<NamedBlocks> by_name(const Advice& a, const std::vector<uint32_t>& blocks) {
    std::vector<NamedBlocks> named;
    for (const uint32_t i : blocks) {
        const std::string name = a.owner_of(a.snapshot->allocations[i]);
        const auto known = std::ranges::find(named, name, &NamedBlocks::name);
        (known != named.end() ? *known : named.emplace_back(NamedBlocks{name, {}})).blocks.push_back(i);
    }
    return named;
}

std::string names_of(const Advice& a, const std::vector<uint32_t>& blocks) {
    const std::vector<NamedBlocks> named = by_name(a, blocks);
    std::string names;
    size_t told = 0;
    for (size_t i = 0; i < named.size() && i < kMostNames; ++i) {
        const std::vector<uint32_t>& of = named[i].blocks;
        names += i == 0 ? ": " : "; ";
        if (of.size() == 1) {
            names += a.name_of(a.snapshot->allocations[of[0]]);
        } else {
            const auto lowest =
                std::ranges::min(of, {}, [&](uint32_t block) { return a.snapshot->allocations[block].address.value; });
            names += named[i].name + ", " + std::to_string(of.size()) + " buffers, the lowest at " +
                     address_text(a.snapshot->allocations[lowest].address.value);
        }
        told += of.size();
    }
    if (told < blocks.size()) names += "; and " + std::to_string(blocks.size() - told) + " more";
    return names;
}

// For the verdict: "one of A, B and 2 more", "A".
std::string choice_of(const Advice& a, const std::vector<uint32_t>& blocks, bool all) {
    const std::vector<NamedBlocks> named = by_name(a, blocks);
    const size_t told = std::min(named.size(), size_t{2});
    std::string names;
    for (size_t i = 0; i < told; ++i) {
        const bool last = i + 1 == named.size();
        names += (i == 0 ? "" : last ? (all ? " and " : " or ") : ", ") + named[i].name;
    }
    if (told < named.size()) names += (all ? " and " : " or ") + std::to_string(named.size() - told) + " more";
    const bool several = blocks.size() > named.size();
    return (several && !all ? "one of " + std::to_string(blocks.size()) + " buffers of " : "") + names;
}

uint64_t bytes_per_core(const Snapshot& s, const std::vector<uint32_t>& blocks) {
    uint64_t bytes = 0;
    for (const uint32_t i : blocks) bytes = saturating_add(bytes, s.allocations[i].bytes_per_bank);
    return bytes;
}

// Only the failing call's own lie in the way: they would lie higher without what others hold above them.
void clear_above(Advice& a, const std::vector<uint32_t>& own) {
    const Snapshot& s = *a.snapshot;
    std::vector<uint32_t> others = blocks_below(s, *a.e.holders, UINT64_MAX);
    std::erase_if(others, [&](uint32_t i) { return a.is_own(s.allocations[i]); });
    std::ranges::stable_sort(others, std::greater{}, [&](uint32_t i) { return s.allocations[i].bytes_per_bank; });
    const std::string what = "What begins below address " + with_commas(*a.f.cb_region_end) +
                             " the failing call itself made (" + counted(own.size(), "buffer") + ", " +
                             bytes_text(bytes_per_core(s, own)) + " of each core), so it cannot be freed before: ";
    const uint64_t bytes = bytes_per_core(s, others);
    if (bytes < *a.e.missing_per_bank) {
        a.add("call_for_less", what +
                                   "give it less at a time, or let its input or result be in DRAM "
                                   "(ttnn.DRAM_MEMORY_CONFIG)" +
                                   (bytes == 0 ? "" : "; without the others it would not fit, either") + ".");
        return;
    }
    a.add("move_l1_buffers", what + "place in DRAM (ttnn.DRAM_MEMORY_CONFIG), or free before, at least " +
                                 bytes_text(*a.e.missing_per_bank) + " of the " + bytes_text(bytes) +
                                 " that others hold above" + names_of(a, others) + ".");
}

// Not to have them in L1 at all lifts what was made after them; to free them right before does not.
bool clear_by_name(Advice& a, const L1InTheWay& way) {
    const bool each = !way.each_is_enough.empty();
    const std::vector<uint32_t>& elsewhere = each ? way.each_is_enough : way.enough_together;
    if (elsewhere.empty()) return false;
    const std::string enough = elsewhere.size() == 1 ? " That is enough: what was made later then lies higher."
                               : each                ? " One of them is enough: what was made later then lies higher."
                                      : " Together that is enough: what was made later then lies higher.";
    a.add("move_l1_buffers", "Place in DRAM (ttnn.DRAM_MEMORY_CONFIG)" + names_of(a, elsewhere) + "." + enough)
        .address = a.f.cb_region_end;
    a.in_the_way = "place " + choice_of(a, elsewhere, !each) + " in DRAM";
    if (way.own_below == 0)
        a.add("free_l1_buffers", "Or free right before this program runs all that begins below address " +
                                     with_commas(*a.f.cb_region_end) + names_of(a, way.below) + ".")
            .address = a.f.cb_region_end;
    return true;
}

// The L1 buffers in the way: by name when a snapshot shows them.
void clear_l1(Advice& a) {
    const std::string end = with_commas(*a.f.cb_region_end);
    if (a.snapshot == nullptr || !a.e.holders) {
        a.add("move_l1_buffers", "Place L1 buffers of at least " + bytes_text(*a.e.missing_per_bank) +
                                     " of each core in DRAM (ttnn.DRAM_MEMORY_CONFIG), or free those that begin below "
                                     "address " +
                                     end + " before this program runs.")
            .address = a.f.cb_region_end;
        return;
    }
    const L1InTheWay way = l1_in_the_way(*a.snapshot, *a.e.holders, *a.f.cb_region_end, *a.e.missing_per_bank, a.own);
    if (way.below.empty() && way.own_below != 0) {
        std::vector<uint32_t> own = blocks_below(*a.snapshot, *a.e.holders, *a.f.cb_region_end);
        return clear_above(a, own);
    }
    if (clear_by_name(a, way)) return;
    a.add("move_l1_buffers",
          "Place in DRAM (ttnn.DRAM_MEMORY_CONFIG), or free before this program runs, the L1 buffers "
          "that begin below address " +
              end + names_of(a, way.below) + "." +
              (way.own_below == 0 ? ""
                                  : " The failing call itself made " + counted(way.own_below, "other") +
                                        " there, which cannot be freed before."))
        .address = a.f.cb_region_end;
    if (!way.below.empty()) a.in_the_way = "free " + choice_of(a, way.below, true) + " before it runs";
}

// A single buffer in the way, and a hole above the circular buffers that would take it.
void move_up(Advice& a, const Allocation& lowest) {
    if (blocks_below(*a.snapshot, *a.e.holders, *a.f.cb_region_end).size() != 1) return;
    std::optional<uint64_t> below = sum_of(lowest.address.value, lowest.bytes_per_bank);
    for (const uint32_t i : blocks_below(*a.snapshot, *a.e.holders, UINT64_MAX)) {
        const Allocation& other = a.snapshot->allocations[i];
        if (&other == &lowest || !below) continue;
        const uint64_t from = std::max(*below, *a.f.cb_region_end);
        if (other.address.value > from && other.address.value - from >= lowest.bytes_per_bank) {
            Remedy& remedy =
                a.add("reallocate", "Move " + a.name_of(lowest) + " up (ttnn.reallocate): there is a hole of " +
                                        bytes_text(other.address.value - from) + " at " + address_text(from) + ".");
            remedy.bytes = other.address.value - from;
            remedy.bytes_per = kOfCore;
            remedy.address = from;
            return;
        }
        const std::optional<uint64_t> end = sum_of(other.address.value, other.bytes_per_bank);
        below = end ? std::optional(std::max(*below, *end)) : std::nullopt;
    }
}

void lower_l1_small(Advice& a) {
    a.add_bytes("smaller_l1_small",
                "Open the device with an l1_small_size that is at least " + bytes_text(*a.e.missing_per_bank) +
                    " smaller, if what is in it allows: it moves all L1 buffers up.",
                a.e.missing_per_bank, kOfCore);
}

void against_clash(Advice& a) {
    if (!a.e.missing_per_bank) {
        if (a.e.cause == FailureCause::kUnknown) {
            a.add("get_figures", "Run it under `ttmem run`, which shows where L1 buffers and circular buffers lie.");
        } else {
            shrink_buffers(a);
            a.add("move_l1_buffers",
                  "Place L1 buffers that are live then in DRAM (ttnn.DRAM_MEMORY_CONFIG), or free them before this "
                  "program runs.");
        }
        return;
    }
    const std::optional<uint64_t> l1 = l1_end_of(a.f);
    const bool nothing_to_move = l1 && *l1 - *a.f.l1_buffer_address <= kFewL1Bytes;
    if (nothing_to_move) {
        a.add_bytes("small_buffers",
                    "Find the small long-lived buffers at the top of L1 (semaphores, configuration tensors, kept per "
                    "new shape): no tensor is in the way, for all L1 buffers together have at most " +
                        bytes_text(*l1 - *a.f.l1_buffer_address) + " of a core.",
                    *l1 - *a.f.l1_buffer_address, kOfCore);
        lower_l1_small(a);
        return shrink_buffers(a);
    }
    if (!fills_l1(a.f)) shrink_buffers(a);
    clear_l1(a);
    if (fills_l1(a.f) && *a.f.l1_buffer_address > kLeastRoomEnd) shrink_buffers(a);
    if (*a.e.missing_per_bank <= kSmallOverlap) lower_l1_small(a);
    if (a.snapshot == nullptr || !a.e.holders) return;
    for (const uint32_t i : blocks_below(*a.snapshot, *a.e.holders, *a.f.cb_region_end)) {
        if (a.snapshot->allocations[i].address.value != *a.f.l1_buffer_address) continue;
        if (!a.is_own(a.snapshot->allocations[i])) move_up(a, a.snapshot->allocations[i]);
        return;
    }
}

void against_overflow(Advice& a) {
    if (!a.e.missing_per_bank || !a.f.max_l1_bytes) {
        a.add("smaller_circular_buffers",
              "Make the " + words_of(a) +
                  " of this program smaller on each core: smaller blocks or chunks, or less double buffering.");
        return;
    }
    std::string text = "Make the " + words_of(a) + " of this program " + bytes_text(*a.e.missing_per_bank) +
                       " smaller on each core: smaller blocks or chunks, or less double buffering";
    if (l1_base(a.snapshot) && *l1_base(a.snapshot) < *a.f.max_l1_bytes) {
        text += "; they begin at " + with_commas(*l1_base(a.snapshot)) + ", so " +
                bytes_text(*a.f.max_l1_bytes - *l1_base(a.snapshot)) + " is the most they can have";
    }
    a.add_bytes("smaller_circular_buffers", text + ".", a.e.missing_per_bank, kOfCore);
    for (const ChipUse& chip : a.snapshot == nullptr ? std::vector<ChipUse>{} : a.snapshot->chips) {
        const std::optional<uint64_t> whole = chip.chip.l1_bytes_per_core;
        if (!whole || !a.f.cb_region_end || *whole < *a.f.cb_region_end) continue;
        a.add_bytes("whole_worker_l1",
                    "Open the device without a lowered worker_l1_size: a core has " + bytes_text(*whole) + " of L1.",
                    whole, kOfCore);
        break;
    }
}

void against_kernel_config(Advice& a) {
    a.add_bytes("smaller_kernels",
                "Make the program's kernels smaller" +
                    (a.e.missing_per_bank ? " by at least " + bytes_text(*a.e.missing_per_bank) : std::string()) +
                    ": less inlining and unrolling, fewer compile-time variants, fewer runtime arguments.",
                a.e.missing_per_bank, kOfCore);
    if (a.f.core_type.find("ETH") != std::string::npos) {
        a.add("larger_kernel_config", "Use a tt-metal whose kernel config buffer of " + a.f.core_type +
                                          " is larger: on these cores it is fixed when tt-metal is built.");
        a.add("no_watcher",
              "With the watcher, the profiler or DPRINT on, switch them off for Ethernet cores "
              "(TT_METAL_WATCHER_DISABLE_ETH=1): they add code to each kernel.");
    } else {
        a.add("larger_kernel_config",
              "Open the device with a smaller worker_l1_size: what it gives up goes to the kernel config buffer of the "
              "Tensix cores.");
        a.add("no_watcher",
              "Switch off the watcher, the profiler or DPRINT if they are on: they add code to each kernel.");
    }
}

void against_service_clash(Advice& a) {
    a.add("other_cores", "Keep this program off the cores that a service has claimed, or release the service first.");
    shrink_buffers(a);
}

void against_persistent(Advice& a) {
    if (!a.f.core.empty()) {
        a.add("allocate_earlier", "Allocate persistent L1 before the first program is placed on that core.");
        return;
    }
    if (a.f.l1_buffer_address) {
        a.add("move_l1_buffers",
              "Make the region before L1 buffers are allocated, or place those that are live then in DRAM "
              "(ttnn.DRAM_MEMORY_CONFIG).");
    }
    a.add("release_persistent", "Release persistent L1 that is not needed any more: it is never given back by itself.");
    a.add_bytes(
        "ask_for_less",
        "Ask for less persistent L1" +
            (a.e.missing_per_bank ? ", at least " + bytes_text(*a.e.missing_per_bank) + " less" : std::string()) +
            ", or on fewer cores.",
        a.e.missing_per_bank, kOfCore);
}

}  // namespace

void advise_program(Advice& a) {
    switch (a.f.kind) {
        case FailureKind::kCbClash:
            return against_clash(a);
        case FailureKind::kServiceClash:
            return against_service_clash(a);
        case FailureKind::kCbOverflow:
            return against_overflow(a);
        case FailureKind::kKernelConfig:
            return against_kernel_config(a);
        case FailureKind::kPersistentL1:
            return against_persistent(a);
        case FailureKind::kAddressLimit:
            a.add_bytes(
                "free",
                "Free L1 buffers" +
                    (a.e.missing_per_bank ? " of at least " + bytes_text(*a.e.missing_per_bank) + " on each core"
                                          : std::string()) +
                    " before it is allocated.",
                a.e.missing_per_bank, kOfCore);
            a.add("use_dram", "Place it, or others, in DRAM (memory_config=ttnn.DRAM_MEMORY_CONFIG).");
            return;
        default:
            a.add("free",
                  "Free what lies in that region before the state is applied again, and do not allocate there in "
                  "between.");
    }
}

}  // namespace ttmem

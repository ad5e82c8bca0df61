// The figures of a failed allocation, as whoever reports it says them: a printed message, or the runtime itself.
//
// Every figure is optional: absent is what the reporter did not say, never zero. Bytes "per bank" are of one bank, for
// L1 of one core.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/model/cb_plan.h"
#include "src/model/pool.h"

namespace ttmem {

// The first four are numbered as ttmem_failure_kind: a process can record those itself.
enum class FailureKind : uint8_t {
    kUnknown = 0,  // looks like a failed allocation, in words that nobody has taught ttmem
    kOutOfMemory = 1,
    kCbClash = 2,       // a region of circular buffers reaches into L1 allocations
    kCbOverflow = 3,    // a region of circular buffers is larger than L1
    kTraceRegion = 4,   // traces need more than the trace region has
    kServiceClash,      // a region of circular buffers reaches into what service cores allocated
    kKernelConfig,      // the kernels and arguments of a program are larger than the buffer for them
    kTraceOverlap,      // a trace placed in DRAM reaches into what was used while it was captured
    kAddressLimit,      // the allocator's free space is below the lowest allowed address
    kPersistentL1,      // the arena of L1 that is never given back has no room
    kRegionTaken,       // a region that was to be allocated again at its old address is not free
    kUnsafeUnderTrace,  // a warning: allocated while a trace is live, which may overwrite it
};
std::string_view failure_kind_name(FailureKind kind);

// What tt-metal calls the memory that a program lays out for itself in L1.
enum class CbWords : uint8_t { kCircularBuffers, kDataflowBuffers, kScratchpads };
std::string_view cb_words_text(CbWords words);  // "circular buffers"

// For people: "circular buffers clash with L1 buffers".
std::string failure_words(FailureKind kind, CbWords words = CbWords::kCircularBuffers);

struct FailureFigures {
    FailureKind kind = FailureKind::kOutOfMemory;

    // Of the chip that it happened on. No message says these: the process that recorded the failure does.
    std::string architecture;  // "wormhole_b0"; "" not known
    std::optional<uint64_t> dram_banks;

    // Out of memory.
    std::optional<uint64_t> requested_bytes;
    std::string buffer_type;   // as printed: "DRAM", "L1_SMALL"; "" not said
    std::optional<Pool> pool;  // of buffer_type; absent when it is none of ours
    std::optional<uint64_t> banks;
    std::optional<uint64_t> bytes_per_bank;  // needed of each bank, aligned
    bool per_bank_is_least = false;          // it was worked out of size and banks, without what alignment adds
    std::optional<uint64_t> bank_bytes;      // the size of a bank
    bool says_only = false;                  // "bank size is only": a tt-metal before 0.66
    std::optional<uint64_t> allocated_per_bank;
    std::optional<uint64_t> free_per_bank;
    std::optional<uint64_t> largest_free_per_bank;
    // ... where allocators overlap: what their blocks leave.
    std::optional<uint64_t> dependency_ranges;
    std::optional<uint64_t> occupied_ranges;
    std::optional<uint64_t> placeable_per_bank;
    std::optional<uint64_t> placeable_windows;
    std::optional<uint64_t> largest_placeable_per_bank;

    // Circular buffers: clash and overflow.
    std::optional<uint64_t> program;
    std::string core_range;  // as printed: "[(x=0,y=0) - (x=7,y=7)]" or "[0-0 - 7-7]"
    std::optional<CoreRange> cores;
    std::optional<uint64_t> l1_buffer_address;  // the lowest L1 address in use on those cores
    std::optional<uint64_t> cb_region_end;
    std::optional<uint64_t> max_l1_bytes;
    CbWords cb_words = CbWords::kCircularBuffers;

    // Kernel config buffer: what a program needs of it, and what it has on a core of this type.
    std::optional<uint64_t> kernel_config_bytes;
    std::optional<uint64_t> kernel_config_capacity;
    std::string core_type;  // as printed: "ACTIVE_ETH"; "" not said

    // Allocation at a place: below an address, in the persistent arena, at the place it had before.
    std::optional<uint64_t> address;
    std::optional<uint64_t> lowest_address;  // allowed
    std::optional<uint64_t> region_begin;
    std::optional<uint64_t> region_end;
    std::optional<uint64_t> alignment;
    std::string core;  // one core, as printed

    // Trace region.
    std::optional<uint64_t> trace_bytes;  // of all traces together
    std::optional<uint64_t> trace_region_bytes;
    std::optional<uint64_t> mesh;    // the runtime's mesh number
    std::optional<uint64_t> device;  // a device's, where the message names one
    // ... placed in DRAM instead: where, and how far the DRAM was in use while it was captured.
    std::optional<uint64_t> trace_address;
    std::optional<uint64_t> allocation_high_water;
    std::optional<uint64_t> deletion_high_water;
    bool other_trace = false;  // the DRAM was in use by another live trace

    // The text ends with the message's last number, or was shortened there: its last digits may be missing.
    bool last_may_be_cut = false;

    friend bool operator==(const FailureFigures&, const FailureFigures&) = default;
};

// The figures with the names that every output uses.
struct NamedFigure {
    std::string_view name;
    std::optional<uint64_t> FailureFigures::*value;
};
inline constexpr std::array kNamedFigures = {
    NamedFigure{"requested_bytes", &FailureFigures::requested_bytes},
    NamedFigure{"banks", &FailureFigures::banks},
    NamedFigure{"bytes_per_bank", &FailureFigures::bytes_per_bank},
    NamedFigure{"bank_bytes", &FailureFigures::bank_bytes},
    NamedFigure{"allocated_per_bank", &FailureFigures::allocated_per_bank},
    NamedFigure{"free_per_bank", &FailureFigures::free_per_bank},
    NamedFigure{"largest_free_per_bank", &FailureFigures::largest_free_per_bank},
    NamedFigure{"dependency_ranges", &FailureFigures::dependency_ranges},
    NamedFigure{"occupied_ranges", &FailureFigures::occupied_ranges},
    NamedFigure{"placeable_per_bank", &FailureFigures::placeable_per_bank},
    NamedFigure{"placeable_windows", &FailureFigures::placeable_windows},
    NamedFigure{"largest_placeable_per_bank", &FailureFigures::largest_placeable_per_bank},
    NamedFigure{"program", &FailureFigures::program},
    NamedFigure{"l1_buffer_address", &FailureFigures::l1_buffer_address},
    NamedFigure{"cb_region_end", &FailureFigures::cb_region_end},
    NamedFigure{"max_l1_bytes", &FailureFigures::max_l1_bytes},
    NamedFigure{"trace_bytes", &FailureFigures::trace_bytes},
    NamedFigure{"trace_region_bytes", &FailureFigures::trace_region_bytes},
    NamedFigure{"mesh", &FailureFigures::mesh},
    NamedFigure{"device", &FailureFigures::device},
    NamedFigure{"trace_address", &FailureFigures::trace_address},
    NamedFigure{"allocation_high_water", &FailureFigures::allocation_high_water},
    NamedFigure{"deletion_high_water", &FailureFigures::deletion_high_water},
    NamedFigure{"kernel_config_bytes", &FailureFigures::kernel_config_bytes},
    NamedFigure{"kernel_config_capacity", &FailureFigures::kernel_config_capacity},
    NamedFigure{"requested_address", &FailureFigures::address},
    NamedFigure{"lowest_address", &FailureFigures::lowest_address},
    NamedFigure{"region_begin", &FailureFigures::region_begin},
    NamedFigure{"region_end", &FailureFigures::region_end},
    NamedFigure{"alignment", &FailureFigures::alignment},
};

}  // namespace ttmem

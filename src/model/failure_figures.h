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

// Numbered as ttmem_failure_kind.
enum class FailureKind : uint8_t {
    kOutOfMemory = 1,
    kCbClash = 2,      // a region of circular buffers reaches into L1 allocations
    kCbOverflow = 3,   // a region of circular buffers is larger than L1
    kTraceRegion = 4,  // traces need more than the trace region has
};

inline std::string_view failure_kind_name(FailureKind kind) {
    switch (kind) {
        case FailureKind::kOutOfMemory:
            return "out_of_memory";
        case FailureKind::kCbClash:
            return "cb_clash";
        case FailureKind::kCbOverflow:
            return "cb_overflow";
        case FailureKind::kTraceRegion:
            return "trace_region";
    }
    return "";
}

struct FailureFigures {
    FailureKind kind = FailureKind::kOutOfMemory;

    // Out of memory.
    std::optional<uint64_t> requested_bytes;
    std::string buffer_type;   // as printed: "DRAM", "L1_SMALL"; "" not said
    std::optional<Pool> pool;  // of buffer_type; absent when it is none of ours
    std::optional<uint64_t> banks;
    std::optional<uint64_t> bytes_per_bank;  // needed of each bank, aligned
    std::optional<uint64_t> bank_bytes;      // the size of a bank
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

    // Trace region.
    std::optional<uint64_t> trace_bytes;  // of all traces together
    std::optional<uint64_t> trace_region_bytes;
    std::optional<uint64_t> mesh;  // the runtime's mesh number

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
};

}  // namespace ttmem

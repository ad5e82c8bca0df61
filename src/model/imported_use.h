// What a foreign source says about the use of device memory: the common result of importers.
//
// Unknown is nullopt, never zero, and `coverage` says what the source cannot tell. Bytes are per chip.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/chip.h"
#include "src/model/coverage.h"
#include "src/model/found_failure.h"
#include "src/model/ids.h"
#include "src/model/pool.h"

namespace ttmem {

// The largest use of one core's L1 at one moment: what can be held against the L1 that a core has. Buffers lie on all
// cores alike, since the allocator goes forward in all banks at once.
struct CorePeak {
    std::optional<uint64_t> bytes;     // of both together; absent where programs ran without, or some is not known
    uint64_t buffer_bytes = 0;         // of buffers, of those whose size is known
    std::optional<uint64_t> cb_bytes;  // dataflow buffers and scratchpads included, of the programs that have any
    std::string operation;             // that was running then
    bool cbs_missing = false;          // some circular buffers are in no figure here

    // What is known of it: of a core where programs ran without circular buffers, as much at least.
    uint64_t least() const {
        return bytes.value_or(buffer_bytes + std::min(cb_bytes.value_or(0), UINT64_MAX - buffer_bytes));
    }
};

// The largest use of one pool of one chip within the source, and the operation that was running then.
struct ImportedPeak {
    std::optional<uint64_t> requested_bytes;
    std::optional<uint64_t> least_requested_bytes;  // where some sizes are not known: of those that are
    std::optional<uint64_t> reserved_bytes;         // only where the number of banks is known
    std::optional<uint64_t> with_cb_bytes;  // l1 only: requested bytes and circular buffers of all cores at one moment
    std::optional<uint64_t> reserved_with_cb_bytes;  // l1 only: likewise with reserved bytes
    std::optional<uint64_t> bytes_per_bank;          // reserved in each bank, where the source says it
    std::optional<CorePeak> core;                    // l1 only
    std::string operation;  // at the peak of requested_bytes (of reserved_bytes where that is unknown), outermost
                            // first, joined by " > "
    std::string with_cb_operation;  // at the peak of with_cb_bytes

    bool is_known() const {
        return requested_bytes || least_requested_bytes || reserved_bytes || with_cb_bytes || reserved_with_cb_bytes ||
               bytes_per_bank;
    }
};

struct ImportedChip {
    std::optional<ChipId>
        chip_id;       // the 64-bit unique id, where the source has it (use.chip.id means nothing otherwise)
    std::string name;  // for people: "chip 0", "mesh 1" when only the mesh is known, "" without any number
    ChipUse use;       // as at the end of the source
    std::array<ImportedPeak, kPoolCount> peaks;  // by Pool

    // Some of its circular buffers are not told: figures that have them are not known, or are lower bounds.
    void miss_circular_buffers() {
        ImportedPeak& l1 = peak(Pool::kL1);
        l1.with_cb_bytes = l1.reserved_with_cb_bytes = use.cb.resident_bytes = std::nullopt;
        l1.with_cb_operation.clear();
        if (!l1.core) return;
        l1.core->cbs_missing = true;
        l1.core->bytes = std::nullopt;
        if (l1.core->cb_bytes == uint64_t{0}) l1.core->cb_bytes = std::nullopt;
    }

    ImportedPeak& peak(Pool p) { return peaks[static_cast<size_t>(p)]; }
    const ImportedPeak& peak(Pool p) const { return peaks[static_cast<size_t>(p)]; }
};

// A pool of all chips together: what lay on the device before the source begins, as far as the source shows it.
struct ImportedEarlier {
    uint64_t buffers = 0;
    uint64_t bytes = 0;    // of those whose size is known
    uint64_t unsized = 0;  // whose size is not
};

struct ImportedUse {
    std::string format;   // "ttnn-captured-graph", "ttnn-report", ...
    std::string version;  // the format's own word for its generation
    std::vector<ImportedChip> chips;
    std::optional<uint64_t> operations;  // nested ones included
    std::optional<uint64_t> top_level_operations;
    std::optional<uint64_t> allocations;
    std::optional<uint64_t> frees;
    std::optional<uint64_t> cb_plans;          // program runs that brought circular buffers
    std::optional<uint64_t> circular_buffers;  // in those plans, dataflow buffers and scratchpads included
    std::optional<uint64_t> tensors;
    std::optional<uint64_t> program_runs;   // told with or without their circular buffers
    uint64_t runs_without_cbs = 0;          // of those, where the source says of each
    bool cbs_of_runs_missing = false;       // programs ran of which the source has no circular buffers
    uint64_t unread_circular_buffers = 0;   // of unknown size, or on unknown cores: in no figure
    uint64_t allocations_without_pool = 0;  // likewise, of an unknown memory
    std::optional<uint64_t> pages;
    std::array<ImportedEarlier, kPoolCount> earlier;  // by Pool; not part of any figure above
    Coverage coverage;
    FailureScan failures;  // that the source itself tells of: an error of an operation
    std::string verdict;   // what it says in a sentence, where its figures are none of those above; "" else
};

}  // namespace ttmem

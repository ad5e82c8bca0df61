// Figures of failures and a machine, for tests of their explanations.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/analysis/failures/failure_explanation.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

inline FailureFigures out_of_memory(const std::string& type, Pool pool, uint64_t banks, uint64_t per_bank) {
    FailureFigures f;
    f.requested_bytes = banks * per_bank;
    f.buffer_type = type;
    f.pool = pool;
    f.banks = banks;
    f.bytes_per_bank = per_bank;
    return f;
}

inline FailureFigures with_bank(FailureFigures f, uint64_t bank, uint64_t free, uint64_t largest) {
    f.bank_bytes = bank;
    f.allocated_per_bank = bank - free;
    f.free_per_bank = free;
    f.largest_free_per_bank = largest;
    return f;
}

inline FailureFigures clash(uint64_t l1, uint64_t end) {
    FailureFigures f;
    f.kind = FailureKind::kCbClash;
    f.program = 12;
    f.core_range = "[0-0 - 7-7]";
    f.l1_buffer_address = l1;
    f.cb_region_end = end;
    return f;
}

inline FailureFigures traces(uint64_t size, uint64_t region) {
    FailureFigures f;
    f.kind = FailureKind::kTraceRegion;
    f.trace_bytes = size;
    f.trace_region_bytes = region;
    return f;
}

inline std::string remedies_text(const FailureExplanation& e) {
    std::string text;
    for (const Remedy& remedy : e.remedies) text += remedy.text + "\n";
    return text;
}

inline bool advises(const FailureExplanation& e, std::string_view words) {
    return remedies_text(e).find(words) != std::string::npos;
}

// A live process with blocks of one pool on one chip: (address, bytes per bank).
inline Snapshot machine(Pool pool, uint16_t banks, const std::vector<std::pair<uint64_t, uint64_t>>& blocks) {
    Snapshot s;
    s.texts = {"", "matmul", "kv_cache"};
    Process process;
    process.pid = 100;
    process.comm = "llama";
    s.processes = {process};
    s.places = {{PlaceKind::kChip, 0, "", {ChipId{0xa0}}, ProcessIndex{0}, true, {}, {}}};
    s.chips = {sample_chip(0xa0, 3)};
    for (const auto& [address, bytes] : blocks) {
        Allocation a;
        a.address = DeviceAddress{address};
        a.bytes_per_bank = bytes;
        a.requested_bytes = bytes * banks;
        a.banks = banks;
        a.pool = pool;
        a.op = 1, a.tag = 2;
        a.allocation_class = AllocationClass::kTensor;
        s.allocations.push_back(a);
    }
    return s;
}

}  // namespace ttmem

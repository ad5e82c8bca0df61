// A made-up runtime for the benchmarks: 32 chips, and places on them.
#pragma once

#include <cstdint>

#include "ttmem/ttmem.h"

namespace ttmem::bench {

// A mesh of the first `chips` chips that nobody has used before, opened.
ttmem_place new_place(uint32_t chips);

// A DRAM allocation of a few pages, different for each i; addresses are spread, as an allocator's are.
inline ttmem_allocation allocation_at(ttmem_place place, uint64_t i) {
    ttmem_allocation allocation{};
    allocation.place = place;
    allocation.pool = TTMEM_POOL_DRAM;
    allocation.kind = TTMEM_CLASS_TENSOR;
    allocation.address = (i * 0x9E3779B1 & 0xfffff) << 11;
    allocation.requested_bytes = 24'576 + (i & 63);
    allocation.bytes_per_bank = 4'096;
    allocation.banks = 12;
    allocation.data_banks = 12;
    allocation.page_bytes = 2'048;
    return allocation;
}

}  // namespace ttmem::bench

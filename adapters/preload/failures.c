#include "adapters/preload/failures.h"

#include <ttmem/ttmem.h>

#include "adapters/preload/places.h"
#include "adapters/preload/runtime.h"

void record_out_of_memory(const void* allocator, const void* buffer) {
    const struct device* device = device_of(buffer_device(buffer));
    if (device == NULL) return;
    const uint32_t type = buffer_type(buffer);
    const struct statistics statistics = read_statistics(allocator, type);
    const uint64_t mask = device->alignment - 1;
    const ttmem_failure failure = {
        .place = device->place,
        .kind = type == TTMEM_POOL_TRACE ? TTMEM_FAILURE_TRACE_REGION : TTMEM_FAILURE_OUT_OF_MEMORY,
        .pool = (uint8_t)type,
        .banks = (uint16_t)runtime.allocator_banks(allocator, &type),
        .requested_bytes = buffer_size(buffer),
        .bytes_per_bank = (runtime.buffer_per_bank(buffer) + mask) & ~mask,
        .bank_bytes = statistics.bank_bytes,
        .allocated_per_bank = statistics.allocated,
        .free_per_bank = statistics.free,
        .largest_free_per_bank = statistics.largest,
    };
    ttmem_record_failure(&failure);
}

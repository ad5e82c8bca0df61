#include "adapters/preload/failures.h"

#include <ttmem/ttmem.h>

#include "adapters/preload/notes.h"
#include "adapters/preload/observer.h"
#include "adapters/preload/places.h"
#include "adapters/preload/programs.h"
#include "adapters/preload/runtime.h"

// The banks that a buffer is spread over: its shards' cores, else all of the pool. 0: the pool does not exist, and then
// tt-metal divides by it when it is asked for the bytes of each bank.
static uint32_t banks_for(const void* allocator, const void* buffer, uint32_t type) {
    const uint64_t cores = runtime.buffer_cores(buffer);  // std::optional<uint32_t>: the value, then whether it has one
    return (cores >> 32 & 0xff) != 0 ? (uint32_t)cores : runtime.allocator_banks(allocator, &type);
}

void record_out_of_memory(const void* allocator, const void* buffer) {
    // What failed on a chip alone makes it no place of its own.
    const struct device* device = mesh_with(buffer_device(buffer));
    if (device == NULL) device = device_of(buffer_device(buffer));
    if (device == NULL) return;
    const uint32_t type = buffer_type(buffer);
    if (type >= TTMEM_POOLS) return;
    const uint32_t banks = banks_for(allocator, buffer, type);
    const uint64_t mask = device->alignment - 1;
    const uint64_t per_bank = banks != 0 ? (runtime.buffer_per_bank(buffer) + mask) & ~mask : 0;
    const struct statistics statistics = read_statistics(allocator, type);
    if (per_bank <= statistics.largest) {
        // An argument that tt-metal refuses throws as well, and with room left it is no lack of memory.
        note(
            "tt-metal refused a buffer for another reason than a lack of memory: that is not counted as a failed "
            "allocation");
        return;
    }
    const ttmem_failure failure = {
        .place = device->place,
        .kind = type == TTMEM_POOL_TRACE ? TTMEM_FAILURE_TRACE_REGION : TTMEM_FAILURE_OUT_OF_MEMORY,
        .pool = (uint8_t)type,
        .banks = (uint16_t)banks,
        .requested_bytes = buffer_size(buffer),
        .bytes_per_bank = per_bank,
        .bank_bytes = statistics.bank_bytes,
        .allocated_per_bank = statistics.allocated,
        .free_per_bank = statistics.free,
        .largest_free_per_bank = statistics.largest,
    };
    ttmem_record_failure(&failure);
    observe_failure();
}

static uint64_t lowest_in_use(const struct device* device) {
    uint64_t lowest = UINT64_MAX;
    for (uint32_t bank = 0; runtime.allocator_lowest != NULL && bank < device->banks[TTMEM_POOL_L1]; bank++) {
        const struct optional_address address = runtime.allocator_lowest(device->allocator, bank);
        if (address.has_value && address.value < lowest) lowest = address.value;
    }
    return lowest;
}

// ProgramImpl::validate_circular_buffer_region(this, const IDevice*) threw: the plan reaches beyond a core's L1, or
// into what is allocated there.
static void record_refused_plan(const struct registers* r) {
    const struct program* program = program_of((const void*)r->argument[0]);
    const struct device* mesh = mesh_with((const void*)r->argument[1]);
    if (r->flag == 0 || program == NULL || mesh == NULL) return;
    const uint64_t end = end_of_plan(&program->plan), size = runtime.mesh_l1_size(mesh->pointer);
    const bool too_large = end > size;
    const ttmem_failure failure = {
        .place = mesh->place,
        .kind = too_large ? TTMEM_FAILURE_CB_TOO_LARGE : TTMEM_FAILURE_CB_CLASH,
        .pool = TTMEM_POOL_L1,
        .banks = (uint16_t)mesh->banks[TTMEM_POOL_L1],
        .requested_bytes = UINT64_MAX,
        .bytes_per_bank = end,
        .bank_bytes = too_large ? size : lowest_in_use(mesh),
        .allocated_per_bank = UINT64_MAX,
        .free_per_bank = UINT64_MAX,
        .largest_free_per_bank = UINT64_MAX,
    };
    if (end == 0) return;
    ttmem_record_failure(&failure);
    observe_failure();
}

void on_validate_circular_buffers(struct registers* r) { (void)r; }
void after_validate_circular_buffers(struct registers* r) { record_refused_plan(r); }
void after_validate_dataflow_buffers(struct registers* r) { record_refused_plan(r); }

/* A runtime in C that tells ttmem what it allocates: one chip, three steps, and a tensor that step 2 forgets. */
#include <ttmem/ttmem.h>

static ttmem_handle allocate(ttmem_place chip, uint64_t address, uint64_t bytes) {
    ttmem_allocation allocation = {0};
    allocation.place = chip;
    allocation.pool = TTMEM_POOL_DRAM;
    allocation.kind = TTMEM_CLASS_TENSOR;
    allocation.address = address;
    allocation.requested_bytes = bytes;
    allocation.banks = allocation.data_banks = 12;
    allocation.bytes_per_bank = (bytes + 11) / 12;
    return ttmem_record_alloc(&allocation); /* after the allocator has returned the memory */
}

int main(void) {
    ttmem_chip_info info = {0};
    info.chip_id = 0xC0FFEE;
    info.arch = "wormhole_b0";
    info.pools[TTMEM_POOL_DRAM].banks = 12;
    info.pools[TTMEM_POOL_DRAM].bytes_per_bank = (uint64_t)1 << 30;
    ttmem_register_chip(&info);
    const ttmem_place_info place = {TTMEM_PLACE_CHIP, 0, 0, 1, &info.chip_id, "chip 0"};
    const ttmem_place chip = ttmem_register_place(&place);
    ttmem_open(chip);

    const ttmem_text step_name = ttmem_intern("step"), op = ttmem_intern("example.matmul"); /* once, not per call */
    for (int step = 1; step <= 3; ++step) {
        ttmem_iteration_begin(step_name);
        ttmem_op_begin(op);
        const ttmem_handle tensor = allocate(chip, (uint64_t)step << 24, 1 << 20);
        ttmem_op_end();
        if (step != 2) ttmem_record_free(tensor); /* before the allocator takes the memory back */
        ttmem_iteration_end();
    }
    ttmem_close(chip);
    return 0;
}

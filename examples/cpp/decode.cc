// A runtime in C++ that tells ttmem what it allocates: one chip, three steps, and a tensor that step 2 forgets.
#include <ttmem/ttmem.hpp>
#include <utility>

namespace {

ttmem_place register_chip() {
    ttmem_chip_info info{};
    info.chip_id = 0xC0FFEE;
    info.arch = "wormhole_b0";
    info.pools[TTMEM_POOL_DRAM] = {12, 0, uint64_t{1} << 30};
    ttmem_register_chip(&info);
    const ttmem_place_info place{TTMEM_PLACE_CHIP, 0, 0, 1, &info.chip_id, nullptr};
    return ttmem_register_place(&place);
}

// A buffer as a runtime has it: tracked from here to its end.
struct Buffer {
    Buffer(ttmem_place chip, uint64_t address, uint64_t bytes) {
        ttmem_allocation allocation{};
        allocation.place = chip;
        allocation.pool = TTMEM_POOL_DRAM;
        allocation.kind = TTMEM_CLASS_TENSOR;
        allocation.address = address;
        allocation.requested_bytes = bytes;
        allocation.banks = allocation.data_banks = 12;
        allocation.bytes_per_bank = (bytes + 11) / 12;
        tracked = ttmem::Allocation(allocation);
    }
    ttmem::Allocation tracked;
};

}  // namespace

int main() {
    const ttmem::Session session(register_chip());
    const ttmem_text step_name = ttmem_intern("step"), op = ttmem_intern("example.matmul");
    for (int step = 1; step <= 3; ++step) {
        const ttmem::IterationScope iteration(step_name);
        const ttmem::OpScope scope(op);
        Buffer tensor(session.place(), uint64_t(step) << 24, 1 << 20);
        if (step == 2) new Buffer(std::move(tensor));  // the bug
    }
    return 0;
}

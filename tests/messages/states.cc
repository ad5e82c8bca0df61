// States of a simulated allocator, rebuilt on request: what remedied_test.py applies remedies to. Reads lines:
//
//   bank BYTES            an empty bank
//   take BYTES            allocates bottom-up; prints its address, or "full LARGEST_FREE FREE ALLOCATED"
//   free ADDRESS
//   core L1_BYTES BASE    an empty chip whose cores have so much L1, of which allocations may use what is above the
//   base buffer ADDRESS        an L1 buffer from there to the end of L1 drop                  frees it program END a
//   program whose circular buffers end there; prints "ok", "clash END LOWEST" or "overflow END LIMIT"
//
// and prints one line for each of take and program.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "sim/mesh_buffer.h"
#include "sim/program.h"
#include "sim/program_impl.h"
#include "tests/support/simulation.h"

namespace ttmem::sim {
namespace {

struct Core {
    explicit Core(const Machine& machine) : simulation(machine), mesh(MeshDevice::create(simulation.context)) {}
    Simulation simulation;
    std::shared_ptr<MeshDevice> mesh;
    std::shared_ptr<MeshBuffer> buffer;
};

Machine machine_with(uint64_t l1_bytes, uint64_t base) {
    Machine machine = find_machine("n150");
    machine.chips[0].l1_bytes_per_core = l1_bytes;
    machine.chips[0].l1_base = base;
    machine.chips[0].l1_alignment = 1;
    return machine;
}

std::string taken(BankManager& bank, uint64_t bytes) {
    try {
        return std::to_string(bank.allocate(bytes, bytes, true));
    } catch (const OutOfMemory& failure) {
        return fmt::format("full {} {} {}", failure.statistics.largest_free, failure.statistics.free,
                           failure.statistics.allocated);
    }
}

std::string dispatched(Core& core, uint64_t end) {
    const ChipSpec& chip = core.simulation.context.chips().at(0)->spec();
    Program program(core.simulation.context, "program");
    program.impl().set_circular_buffers({{0, end - chip.l1_base, {whole_grid(chip)}}});
    try {
        program.dispatch(*core.mesh);
    } catch (const CbFailure& failure) {
        return fmt::format("{} {} {}", failure.clash ? "clash" : "overflow", failure.end, failure.limit);
    }
    return "ok";
}

void answer(std::istream& lines) {
    std::optional<BankManager> bank;
    std::unique_ptr<Core> core;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string what;
        uint64_t first = 0, second = 0;
        words >> what >> first >> second;
        if (what == "bank") bank.emplace(BufferType::kDram, 1, 0, first, 1);
        if (what == "take") std::cout << taken(bank.value(), first) << '\n';
        if (what == "free") bank.value().deallocate(first);
        if (what == "core") core = std::make_unique<Core>(machine_with(first, second));
        if (what == "buffer") {
            const ChipSpec& chip = core->simulation.context.chips().at(0)->spec();
            const uint64_t bytes = chip.l1_bytes_per_core - first;
            core->buffer = MeshBuffer::create(
                *core->mesh, {.size = bytes * chip.cores(), .page_size = bytes, .type = BufferType::kL1});
        }
        if (what == "drop") core->buffer->deallocate();
        if (what == "program") std::cout << dispatched(*core, first) << '\n';
    }
}

}  // namespace
}  // namespace ttmem::sim

int main() {
    ttmem::sim::answer(std::cin);
    return 0;
}

#include "src/analysis/snapshot/registrations.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace ttmem {

std::vector<RegisteredUse> registered_use(const AllocationServerState& state) {
    std::map<std::pair<uint32_t, uint32_t>, RegisteredUse> uses;
    for (const RegisteredBlock& block : state.blocks) {
        if (block.until) continue;
        RegisteredUse& use = uses[{block.process, block.device}];
        use.process = block.process;
        use.device = block.device;
        ++use.blocks;
        use.registrations += block.live_registrations();
        if (block.circular_buffer) {
            use.cb_bytes += block.bytes;
            continue;
        }
        use.bytes[static_cast<size_t>(block.pool)] += block.bytes;
    }
    std::vector<RegisteredUse> result;
    for (const auto& [_, use] : uses) result.push_back(use);
    return result;
}

uint64_t Registrant::registrations() const {
    uint64_t sum = 0;
    for (const OnDevice& on : devices) sum += on.registrations;
    return sum;
}

uint64_t Registrant::frees() const {
    uint64_t sum = 0;
    for (const OnDevice& on : devices) sum += on.frees;
    return sum;
}

bool Registrant::is_live() const {
    return std::any_of(devices.begin(), devices.end(), [](const OnDevice& on) { return on.live; });
}

std::vector<Registrant> registrants_at(const AllocationServerState& state, uint64_t address) {
    // The how many-th block of its kind on its device: those of the same number began together.
    std::map<std::tuple<uint32_t, bool, Pool, uint64_t, uint32_t>, uint32_t> turns;
    std::map<std::tuple<bool, uint32_t, bool, Pool, uint64_t, uint32_t>, Registrant> registrants;
    std::vector<const RegisteredBlock*> blocks;
    for (const RegisteredBlock& block : state.blocks) {
        if (block.address == address) blocks.push_back(&block);
    }
    std::stable_sort(blocks.begin(), blocks.end(),
                     [](const RegisteredBlock* a, const RegisteredBlock* b) { return a->since < b->since; });
    for (const RegisteredBlock* block : blocks) {
        const uint32_t turn =
            turns[{block->process, block->circular_buffer, block->pool, block->bytes, block->device}]++;
        Registrant& registrant = registrants[{block->until.has_value(), block->process, block->circular_buffer,
                                              block->pool, block->bytes, turn}];
        if (registrant.devices.empty()) {
            registrant.process = block->process;
            registrant.pool = block->pool;
            registrant.circular_buffer = block->circular_buffer;
            registrant.address = block->address;
            registrant.bytes = block->bytes;
            registrant.since = block->since;
        }
        registrant.devices.push_back({block->device, block->registrations, block->frees, !block->until});
    }
    std::vector<Registrant> result;
    for (auto& [_, registrant] : registrants) {
        std::sort(registrant.devices.begin(), registrant.devices.end(),
                  [](const auto& a, const auto& b) { return a.device < b.device; });
        result.push_back(std::move(registrant));
    }
    return result;
}

}  // namespace ttmem

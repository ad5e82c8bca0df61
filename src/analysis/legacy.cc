#include "src/analysis/legacy.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace ttmem {

std::vector<LegacyUse> legacy_use(const LegacyState& state) {
    std::map<std::pair<uint32_t, uint32_t>, LegacyUse> uses;
    for (const LegacyBlock& block : state.blocks) {
        if (block.until) continue;
        LegacyUse& use = uses[{block.process, block.device}];
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
    std::vector<LegacyUse> result;
    for (const auto& [_, use] : uses) result.push_back(use);
    return result;
}

uint64_t LegacyOwner::registrations() const {
    uint64_t sum = 0;
    for (const OnDevice& on : devices) sum += on.registrations;
    return sum;
}

uint64_t LegacyOwner::frees() const {
    uint64_t sum = 0;
    for (const OnDevice& on : devices) sum += on.frees;
    return sum;
}

bool LegacyOwner::is_live() const {
    return std::any_of(devices.begin(), devices.end(), [](const OnDevice& on) { return on.live; });
}

std::vector<LegacyOwner> legacy_owners(const LegacyState& state, uint64_t address) {
    // The how many-th block of its kind on its device: those of the same number began together.
    std::map<std::tuple<uint32_t, bool, Pool, uint64_t, uint32_t>, uint32_t> turns;
    std::map<std::tuple<bool, uint32_t, bool, Pool, uint64_t, uint32_t>, LegacyOwner> owners;
    std::vector<const LegacyBlock*> blocks;
    for (const LegacyBlock& block : state.blocks) {
        if (block.address == address) blocks.push_back(&block);
    }
    std::stable_sort(blocks.begin(), blocks.end(),
                     [](const LegacyBlock* a, const LegacyBlock* b) { return a->since < b->since; });
    for (const LegacyBlock* block : blocks) {
        const uint32_t turn =
            turns[{block->process, block->circular_buffer, block->pool, block->bytes, block->device}]++;
        LegacyOwner& owner =
            owners[{block->until.has_value(), block->process, block->circular_buffer, block->pool, block->bytes, turn}];
        if (owner.devices.empty()) {
            owner.process = block->process;
            owner.pool = block->pool;
            owner.circular_buffer = block->circular_buffer;
            owner.address = block->address;
            owner.bytes = block->bytes;
            owner.since = block->since;
        }
        owner.devices.push_back({block->device, block->registrations, block->frees, !block->until});
    }
    std::vector<LegacyOwner> result;
    for (auto& [_, owner] : owners) {
        std::sort(owner.devices.begin(), owner.devices.end(),
                  [](const auto& a, const auto& b) { return a.device < b.device; });
        result.push_back(std::move(owner));
    }
    return result;
}

}  // namespace ttmem

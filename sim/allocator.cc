#include "sim/allocator.h"

#include <fmt/format.h>

#include <stdexcept>

#include "sim/error.h"

namespace ttmem::sim {
namespace {

uint64_t round_up(uint64_t bytes, uint64_t alignment) { return (bytes + alignment - 1) / alignment * alignment; }

PoolShape dram_shape(const ChipSpec& chip, const DeviceParams& params, bool trace) {
    const uint64_t allocatable = chip.dram_bank_bytes - chip.dram_base;
    const uint64_t region =
        round_up((params.trace_region_size + chip.dram_banks - 1) / chip.dram_banks, chip.dram_alignment);
    if (region > allocatable)
        throw Refused(fmt::format("a trace region of {} B does not fit into {} DRAM banks", params.trace_region_size,
                                  chip.dram_banks));
    if (trace) return {region == 0 ? 0 : chip.dram_banks, chip.dram_bank_bytes - region, region, chip.dram_alignment};
    return {chip.dram_banks, chip.dram_base, allocatable - region, chip.dram_alignment};
}

PoolShape l1_shape(const ChipSpec& chip, const DeviceParams& params, bool small) {
    const uint64_t allocatable = chip.l1_bytes_per_core - chip.l1_base;
    const uint64_t region = round_up(params.l1_small_size, chip.l1_alignment);
    if (region > allocatable)
        throw Refused(fmt::format("an L1_SMALL region of {} B does not fit into L1", params.l1_small_size));
    if (small) return {region == 0 ? 0 : chip.cores(), chip.l1_bytes_per_core - region, region, chip.l1_alignment};
    return {chip.cores(), chip.l1_base, allocatable - region, chip.l1_alignment};
}

BankManager make_manager(const ChipSpec& chip, const DeviceParams& params, BufferType type) {
    const PoolShape shape = pool_shape(chip, params, type);
    return BankManager(type, shape.banks, shape.base, shape.bytes_per_bank, shape.alignment);
}

}  // namespace

PoolShape pool_shape(const ChipSpec& chip, const DeviceParams& params, BufferType type) {
    switch (type) {
        case BufferType::kDram:
            return dram_shape(chip, params, false);
        case BufferType::kTrace:
            return dram_shape(chip, params, true);
        case BufferType::kL1:
            return l1_shape(chip, params, false);
        case BufferType::kL1Small:
            return l1_shape(chip, params, true);
        case BufferType::kSystemMemory:
            break;
    }
    return {};
}

Allocator::Allocator(const ChipSpec& chip, const DeviceParams& params)
    : dram_(make_manager(chip, params, BufferType::kDram)),
      l1_(make_manager(chip, params, BufferType::kL1)),
      l1_small_(make_manager(chip, params, BufferType::kL1Small)),
      trace_(make_manager(chip, params, BufferType::kTrace)) {}

BankManager& Allocator::manager(BufferType type) {
    return const_cast<BankManager&>(static_cast<const Allocator*>(this)->manager(type));
}

const BankManager& Allocator::manager(BufferType type) const {
    switch (type) {
        case BufferType::kDram:
            return dram_;
        case BufferType::kL1:
            return l1_;
        case BufferType::kL1Small:
            return l1_small_;
        case BufferType::kTrace:
            return trace_;
        case BufferType::kSystemMemory:
            break;
    }
    throw std::logic_error("memory of the host has no banks");
}

void Allocator::deallocate_buffers() {
    for (BankManager* manager : {&dram_, &l1_, &l1_small_, &trace_}) manager->clear();
}

}  // namespace ttmem::sim

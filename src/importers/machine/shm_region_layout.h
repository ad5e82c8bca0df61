// Where the fields of a tt-metal shared-memory region lie, by version. Little endian, natural alignment.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ttmem::shm_layout {

constexpr size_t kVersion = 0;    // u32
constexpr size_t kProcesses = 4;  // u32
constexpr size_t kUpdatedNs = 8;  // u64
constexpr size_t kAsicId = 32;    // u64
constexpr size_t kDeviceId = 40;  // u32
constexpr size_t kTotals = 48;    // u64 each: dram, l1, l1_small, trace, cb, and in version 1 kernel

constexpr size_t kChipSlots = 16;
constexpr size_t kChipRemote = 4;    // within a chip's slot, behind its u32 id
constexpr size_t kSlotCounters = 8;  // within a slot of a chip or a process
constexpr size_t kProcessSlots = 64;
constexpr size_t kNameBytes = 64;

constexpr uint32_t kUnusedChip = 0xffffffff;
constexpr size_t kInitState = 8536;  // u32, version 4
constexpr uint32_t kInitReady = 0x52454459;
constexpr uint32_t kInitInProgress = 1;

// What differs: version 1 has one counter more everywhere.
struct Layout {
    size_t bytes;
    size_t chips, chip_stride;
    size_t process_slots, process_stride;
    bool kernel;

    size_t counters() const { return kernel ? 6 : 5; }
    size_t process_updated() const { return kSlotCounters + 8 * counters(); }
    size_t process_name() const { return process_updated() + 8; }
};
constexpr Layout kFork = {9216, 96, 56, 992, 128, true};
constexpr Layout kMainline = {8576, 88, 48, 856, 120, false};

}  // namespace ttmem::shm_layout

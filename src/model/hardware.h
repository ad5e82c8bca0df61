// What the silicon has at most: for sources that lack the figures of their own machine, such as a pasted message.
//
// Bounds, never a machine's own figures: those come from the runtime, and are smaller (harvested cores, reserved bytes,
// regions set aside at open). Wormhole B0: 12 DRAM banks of 1 GiB, of which an allocator has all but 32 B; a core's L1
// has 1,464 KiB. Blackhole: 8 DRAM banks (7 of a p100) of 4 GiB less 16 MiB, of which an allocator has all but 64 B; a
// core's L1 has 1,536 KiB. From tt-metal's descriptors of the chips and from what its messages print.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ttmem {

struct HardwareBounds {
    std::string_view name;
    uint64_t most_dram_banks, fewest_dram_banks;
    uint64_t dram_bank_bytes;  // an allocator has at most so many of a bank
    uint64_t l1_bytes;         // of a core
    uint64_t dram_alignment;
    uint64_t kept_of_dram_bank;  // a tt-metal since 0.73 keeps so much of each bank for itself
    uint64_t profiled_cores;  // of which a build of tt-metal with its profiler keeps figures in DRAM, spread over banks

    uint64_t whole_dram_bank() const { return dram_bank_bytes + dram_alignment; }
    // 48,000 B for each of the five processors of a core, as it is set where nobody sets it otherwise: of a machine
    // with all banks, also where one is harvested.
    uint64_t profiled_of_dram_bank() const {
        return (profiled_cores + most_dram_banks - 1) / most_dram_banks * 5 * 48'000;
    }
};

inline constexpr HardwareBounds kWormhole{"Wormhole", 12, 12, 1'073'741'792, 1'499'136, 32, 1'048'608, 96};
inline constexpr HardwareBounds kBlackhole{"Blackhole", 8, 7, 4'278'190'016, 1'572'864, 64, 1'048'640, 154};
inline constexpr std::array kKnownHardware = {kWormhole, kBlackhole};

// The hardware that has so many DRAM banks; nullptr when none or several do.
inline const HardwareBounds* hardware_of_dram_banks(std::optional<uint64_t> banks) {
    for (const HardwareBounds& hardware : kKnownHardware) {
        if (banks && *banks >= hardware.fewest_dram_banks && *banks <= hardware.most_dram_banks) return &hardware;
    }
    return nullptr;
}

// As runtimes call it: "wormhole_b0", "blackhole"; nullptr for any other.
inline const HardwareBounds* hardware_of_architecture(std::string_view name) {
    return name == "wormhole_b0" ? &kWormhole : name == "blackhole" ? &kBlackhole : nullptr;
}

}  // namespace ttmem

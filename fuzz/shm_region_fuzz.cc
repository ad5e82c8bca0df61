// Any bytes as one of tt-metal's shared-memory regions. The first byte decides how its pids look to the kernel.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "src/importers/machine/shm_region.h"
#include "tests/support/shm_region_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    const uint8_t mood = data[0];
    // Laid over a valid region of the version that the second byte picks, so that short inputs reach its inside.
    std::vector<std::byte> bytes = ttmem::ShmRegionWriter(1 + data[1] % 4).bytes();
    const auto* input = reinterpret_cast<const std::byte*>(data + 2);
    for (size_t i = 0; i < size - 2; ++i) bytes[(i * 8) % bytes.size() + i / bytes.size() % 8] = input[i];
    const auto liveness = [&](int32_t pid, const std::string&) {
        return static_cast<ttmem::ShmProcessState>((mood + static_cast<uint32_t>(pid)) % 3);
    };
    const ttmem::ShmClock now = {1'760'000'000'000'000'000, 5'000'000'000'000};
    for (const std::span<const std::byte> region : {std::span<const std::byte>(bytes), std::span(input, size - 2)}) {
        ttmem::looks_like_shm_region(region, region.size());
        const auto decoded = ttmem::decode_shm_region(region, "/dev/shm/tt_device_1_memory", liveness, now);
        if (!decoded) continue;
        const ttmem::ImportedUse use = ttmem::shm_region_use(*decoded);
        if (use.chips.size() != 1 || decoded->ghosts.dram > decoded->totals.dram) std::abort();
        if (decoded->processes.size() > 64 || decoded->chips.size() > 16) std::abort();
    }
    return 0;
}

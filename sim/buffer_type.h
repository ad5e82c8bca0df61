// The kinds of memory that tt-metal's buffers lie in, with tt-metal's numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ttmem::sim {

constexpr uint64_t kTileBytes = 32 * 32 * 2;  // of bfloat16: the page of a tiled tensor

enum class BufferType : uint8_t { kDram = 0, kL1 = 1, kSystemMemory = 2, kL1Small = 3, kTrace = 4 };

// The ones that lie on a chip: each has a bank manager in a device's allocator, and figures in the truth.
constexpr std::array<BufferType, 4> kChipBufferTypes = {BufferType::kDram, BufferType::kL1, BufferType::kL1Small,
                                                        BufferType::kTrace};
constexpr size_t kBufferTypes = 5;

constexpr const char* json_name(BufferType type) {
    constexpr const char* kNames[kBufferTypes] = {"dram", "l1", "system", "l1_small", "trace"};
    return kNames[static_cast<size_t>(type)];
}

// As tt-metal writes it in its messages.
constexpr const char* message_name(BufferType type) {
    constexpr const char* kNames[kBufferTypes] = {"DRAM", "L1", "SYSTEM_MEMORY", "L1_SMALL", "TRACE"};
    return kNames[static_cast<size_t>(type)];
}

}  // namespace ttmem::sim

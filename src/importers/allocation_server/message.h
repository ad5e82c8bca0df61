// The messages of tt-metal's allocation server, in all four generations.
//
// Fixed-size records over a unix stream socket, little endian, without magic, version or length: 72, 112, 128 or 144
// bytes by generation, with one head of 72 bytes. Which one a client speaks is found out from its first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ttmem {

enum class AllocationMessageType : uint8_t {
    kAlloc = 1,
    kFree = 2,
    kQuery = 3,
    kResponse = 4,
    kDumpRemaining = 5,
    kDeviceInfoQuery = 6,
    kDeviceInfoResponse = 7,
    kCbAlloc = 8,
    kCbFree = 9,
    kKernelLoad = 10,
    kKernelUnload = 11,
    kDumpKernels = 12,
};

constexpr uint32_t kAllocationMessageGenerations = 4;
constexpr size_t kAllocationMessageBytes[kAllocationMessageGenerations] = {72, 112, 128, 144};
constexpr uint8_t kAllocationMessageLastType[kAllocationMessageGenerations] = {5, 7, 11, 12};

// What a device of a RESPONSE or DEVICE_INFO_RESPONSE has.
struct DeviceFigures {
    uint64_t dram = 0, l1 = 0, l1_small = 0, trace = 0, cb = 0, kernel = 0;  // in use
    uint64_t total_dram = 0, total_l1 = 0;
    uint32_t arch = 0;  // 0 invalid, 1 Grayskull, 2 Wormhole B0, 3 Blackhole, 4 Quasar
    uint32_t dram_channels = 0, dram_channel_bytes = 0, l1_core_bytes = 0;
    bool available = false;
    uint32_t devices = 0;
};

struct AllocationMessage {
    AllocationMessageType type = AllocationMessageType::kAlloc;
    int32_t device = 0;
    uint64_t bytes = 0;
    uint8_t buffer_type = 0;  // 0 DRAM, 1 L1, 2 system memory, 3 L1_SMALL, 4 TRACE; of a kernel what it is
    int32_t pid = 0;          // as the message says: not to be believed
    uint64_t buffer = 0;      // address, or the number of a program
    uint64_t timestamp = 0;
    DeviceFigures status;  // of answers
};

// Requires: `bytes` is one whole record of the generation.
AllocationMessage decode_allocation_message(uint32_t generation, std::span<const std::byte> bytes);
std::vector<std::byte> encode_allocation_message(uint32_t generation, const AllocationMessage& message);

// Whether these bytes, at least 40, can be the beginning of a record of the generation.
bool is_allocation_message_head(uint32_t generation, std::span<const std::byte> bytes);

// Cuts the bytes of one client into messages. The generation is the one whose records fill the bytes that came first,
// each with a head that makes sense; while none does, it waits for more.
class AllocationMessageFraming {
public:
    void feed(std::span<const std::byte> bytes);
    // nullopt: more bytes are needed, or it is broken.
    std::optional<AllocationMessage> next();

    std::optional<uint32_t> generation() const { return generation_; }
    // Nothing that follows can be understood, for a reason.
    const std::string& broken() const { return broken_; }

private:
    void find_generation();
    bool fits(uint32_t generation) const;

    std::vector<std::byte> bytes_;
    std::optional<uint32_t> generation_;
    std::string broken_;
};

}  // namespace ttmem

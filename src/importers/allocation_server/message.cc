#include "src/importers/allocation_server/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace ttmem {
namespace {

constexpr size_t kHead = 40;      // type, device, size, buffer type, pid, buffer, timestamp
constexpr size_t kEnough = 4096;  // bytes that tell a generation also when the last record is not there yet
constexpr uint8_t kLastBufferType = 4;
constexpr int32_t kMostDevices = 1024;

template <class T>
T get(std::span<const std::byte> bytes, size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}
template <class T>
void put(std::vector<std::byte>& bytes, size_t offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// Where the fields behind the head lie: generation 2 put two counters before them.
struct Offsets {
    size_t totals, info;
};
constexpr Offsets offsets_of(uint32_t generation) { return generation == 1 ? Offsets{72, 88} : Offsets{88, 104}; }

}  // namespace

AllocationMessage decode_allocation_message(uint32_t generation, std::span<const std::byte> bytes) {
    AllocationMessage message;
    message.type = static_cast<AllocationMessageType>(get<uint8_t>(bytes, 0));
    message.device = get<int32_t>(bytes, 4);
    message.bytes = get<uint64_t>(bytes, 8);
    message.buffer_type = get<uint8_t>(bytes, 16);
    message.pid = get<int32_t>(bytes, 20);
    message.buffer = get<uint64_t>(bytes, 24);
    message.timestamp = get<uint64_t>(bytes, 32);
    DeviceFigures& status = message.status;
    status.dram = get<uint64_t>(bytes, 40);
    status.l1 = get<uint64_t>(bytes, 48);
    status.l1_small = get<uint64_t>(bytes, 56);
    status.trace = get<uint64_t>(bytes, 64);
    if (generation == 0) return message;
    if (generation >= 2) {
        status.cb = get<uint64_t>(bytes, 72);
        status.kernel = get<uint64_t>(bytes, 80);
    }
    const Offsets at = offsets_of(generation);
    status.total_dram = get<uint64_t>(bytes, at.totals);
    status.total_l1 = get<uint64_t>(bytes, at.totals + 8);
    status.arch = get<uint32_t>(bytes, at.info);
    status.dram_channels = get<uint32_t>(bytes, at.info + 4);
    status.dram_channel_bytes = get<uint32_t>(bytes, at.info + 8);
    status.l1_core_bytes = get<uint32_t>(bytes, at.info + 12);
    status.available = get<uint32_t>(bytes, at.info + 16) != 0;
    status.devices = get<uint32_t>(bytes, at.info + 20);
    return message;
}

std::vector<std::byte> encode_allocation_message(uint32_t generation, const AllocationMessage& message) {
    std::vector<std::byte> bytes(kAllocationMessageBytes[generation]);
    put(bytes, 0, static_cast<uint8_t>(message.type));
    put(bytes, 4, message.device);
    put(bytes, 8, message.bytes);
    put(bytes, 16, message.buffer_type);
    put(bytes, 20, message.pid);
    put(bytes, 24, message.buffer);
    put(bytes, 32, message.timestamp);
    const DeviceFigures& status = message.status;
    put(bytes, 40, status.dram);
    put(bytes, 48, status.l1);
    put(bytes, 56, status.l1_small);
    put(bytes, 64, status.trace);
    if (generation == 0) return bytes;
    if (generation >= 2) {
        put(bytes, 72, status.cb);
        put(bytes, 80, status.kernel);
    }
    const Offsets at = offsets_of(generation);
    put(bytes, at.totals, status.total_dram);
    put(bytes, at.totals + 8, status.total_l1);
    put(bytes, at.info, status.arch);
    put(bytes, at.info + 4, status.dram_channels);
    put(bytes, at.info + 8, status.dram_channel_bytes);
    put(bytes, at.info + 12, status.l1_core_bytes);
    put(bytes, at.info + 16, static_cast<uint32_t>(status.available));
    put(bytes, at.info + 20, status.devices);
    return bytes;
}

bool is_allocation_message_head(uint32_t generation, std::span<const std::byte> bytes) {
    const auto type = get<uint8_t>(bytes, 0);
    const auto device = get<int32_t>(bytes, 4);
    if (type == 0 || type > kAllocationMessageLastType[generation]) return false;
    return device >= -1 && device < kMostDevices && get<uint8_t>(bytes, 16) <= kLastBufferType;
}

void AllocationMessageFraming::feed(std::span<const std::byte> bytes) {
    if (broken_.empty()) bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

// Whether each record of the generation that has begun has a head that makes sense.
bool AllocationMessageFraming::fits(uint32_t generation) const {
    const size_t record = kAllocationMessageBytes[generation];
    for (size_t at = 0; at + kHead <= bytes_.size(); at += record) {
        if (!is_allocation_message_head(generation, std::span(bytes_).subspan(at, kHead))) return false;
    }
    return true;
}

// A client waits for nothing but an answer, so what has come is mostly whole records. Of several sizes the smallest is
// meant: inside a larger record there would be counters where the smaller one has its types.
void AllocationMessageFraming::find_generation() {
    if (bytes_.size() < kAllocationMessageBytes[0]) return;
    if (!is_allocation_message_head(kAllocationMessageGenerations - 1, bytes_)) {
        broken_ = "its first bytes are no message of the protocol";
        return;
    }
    for (uint32_t generation = 0; generation < kAllocationMessageGenerations && !generation_; ++generation) {
        if (bytes_.size() % kAllocationMessageBytes[generation] == 0 && fits(generation)) generation_ = generation;
    }
    if (generation_ || bytes_.size() < kEnough) return;
    for (uint32_t generation = 0; generation < kAllocationMessageGenerations && !generation_; ++generation) {
        if (fits(generation)) generation_ = generation;
    }
    if (!generation_) broken_ = "its bytes are no messages of the protocol, in none of its four sizes";
}

std::optional<AllocationMessage> AllocationMessageFraming::next() {
    if (broken_.empty() && !generation_) find_generation();
    if (!broken_.empty() || !generation_) return {};
    const size_t record = kAllocationMessageBytes[*generation_];
    if (bytes_.size() < record) return {};
    const std::span first = std::span(bytes_).first(record);
    if (!is_allocation_message_head(*generation_, first)) {
        broken_ = fmt::format("a record of {} bytes does not begin as a message", record);
        return {};
    }
    const AllocationMessage message = decode_allocation_message(*generation_, first);
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(record));
    return message;
}

}  // namespace ttmem

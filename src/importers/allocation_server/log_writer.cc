// What tt-metal's allocation server printed: some tools read it.
#include <fmt/format.h>

#include <algorithm>

#include "src/importers/allocation_server/registration_table.h"

namespace ttmem {
namespace {

const char* type_name(uint8_t buffer_type) {
    constexpr const char* kNames[] = {"DRAM", "L1", "SYSTEM_MEMORY", "L1_SMALL", "TRACE"};
    return buffer_type < std::size(kNames) ? kNames[buffer_type] : "UNKNOWN";
}

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

// Decimal in the old versions, hexadecimal in the later ones.
std::string id_of(uint32_t generation, uint64_t buffer) {
    return generation < 2 ? fmt::format("{}", buffer) : fmt::format("{:#x}", buffer);
}

std::string references(uint64_t count) { return count > 1 ? fmt::format(", ref_count={}", count) : ""; }

}  // namespace

std::string allocation_server_log_line(uint32_t generation, uint32_t pid, const AllocationMessage& message,
                                       const RegistrationEffect& effect) {
    const std::string id = id_of(generation, message.buffer);
    switch (effect.kind) {
        case RegistrationEffect::Kind::kAllocated:
            return fmt::format("✓ [PID {}] Allocated {} bytes of {} on device {} (buffer_id={}{})\n", pid,
                               message.bytes, type_name(message.buffer_type), message.device, id,
                               references(effect.references));
        case RegistrationEffect::Kind::kFreed:
            return fmt::format(
                "✗ [PID {}] Freed buffer {} on device {} ({} bytes, {})\n", pid, id, message.device, effect.bytes,
                effect.references == 0 ? "FINAL" : fmt::format("ref_count={} remaining", effect.references));
        case RegistrationEffect::Kind::kUnknownFree:
            return fmt::format("⚠ [PID {}] Deallocation for unknown buffer {} on device {}\n", pid, id, message.device);
        case RegistrationEffect::Kind::kCbAllocated:
            return fmt::format("✓ [CB_ALLOC] Device {}: +{:.3f} MB (Total: {:.3f} MB)\n", message.device,
                               mebibytes(message.bytes), mebibytes(effect.device_cb));
        case RegistrationEffect::Kind::kCbFreed:
            return fmt::format("✗ [CB_FREE] Device {}: -{:.3f} MB (Total: {:.3f} MB)\n", message.device,
                               mebibytes(message.bytes), mebibytes(effect.device_cb));
        case RegistrationEffect::Kind::kRefused:
            return fmt::format("⚠ [PID {}] Refused an allocation of {} bytes on device {}\n", pid, message.bytes,
                               message.device);
        case RegistrationEffect::Kind::kNone:
            return "";
    }
    return "";
}

std::string RegistrationTable::dump() const {
    constexpr uint64_t kListed = 10;
    std::string text = "\n=== Remaining buffers ===\n";
    text += fmt::format("Total tracked allocations: {}\n", entries_.size());
    if (entries_.empty()) return text + "No buffers remaining\n";
    struct OfType {
        uint64_t buffers = 0, keys = 0, bytes = 0;
        std::string lines;
    };
    std::map<int32_t, std::map<uint8_t, OfType>> devices;
    uint64_t total = 0;
    for (const auto& [key, entry] : entries_) {
        OfType& type = devices[key.first][entry.buffer_type];
        ++type.keys;
        type.buffers += entry.references;
        type.bytes += entry.registered_bytes;
        total += entry.references;
        type.lines += fmt::format("    Buffer {:#x}: {:.1f} KB (PID {}, ref_count={})\n", key.second,
                                  static_cast<double>(entry.bytes) / 1024, entry.pid, entry.references);
    }
    for (const auto& [device, types] : devices) {
        uint64_t buffers = 0;
        for (const auto& [_, type] : types) buffers += type.buffers;
        text += fmt::format("Device {}: Buffers: {}", device, buffers);
        for (const auto& [number, type] : types) text += fmt::format(", {}: {} bytes", type_name(number), type.bytes);
        text += "\n";
        for (const auto& [number, type] : types) {
            text += fmt::format("  {}: {} buffers, {:.3f} MB ({} bytes)\n", type_name(number), type.buffers,
                                mebibytes(type.bytes), type.bytes);
            if (type.keys <= kListed) text += type.lines;
        }
    }
    return text + fmt::format("Total remaining buffers: {}\n", total);
}

}  // namespace ttmem

// As much of tt-metal's interfaces as the adapters use, written from their documented shape for the tests alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace tt::tt_metal {

enum class BufferType { DRAM = 0, L1 = 1, SYSTEM_MEMORY = 2, L1_SMALL = 3, TRACE = 4 };

class IDevice {
public:
    virtual ~IDevice() = default;
    virtual int id() const = 0;
};

class Allocator {
public:
    explicit Allocator(uint32_t dram_banks, uint32_t l1_banks) : dram_banks_(dram_banks), l1_banks_(l1_banks) {}
    uint32_t get_num_banks(BufferType type) const {
        return type == BufferType::DRAM || type == BufferType::TRACE ? dram_banks_ : l1_banks_;
    }

private:
    uint32_t dram_banks_, l1_banks_;
};

class Buffer {
public:
    IDevice* device() const { return device_; }
    const Allocator* allocator() const { return allocator_; }
    uint64_t size() const { return size_; }
    uint32_t address() const { return address_; }
    uint64_t page_size() const { return page_size_; }
    uint32_t num_pages() const { return static_cast<uint32_t>((size_ + page_size_ - 1) / page_size_); }
    BufferType buffer_type() const { return type_; }
    uint64_t aligned_size_per_bank() const {
        const uint32_t banks = allocator_->get_num_banks(type_);
        return (num_pages() + banks - 1) / banks * page_size_;
    }
    std::optional<uint32_t> num_cores() const { return cores_; }
    size_t unique_id() const { return unique_id_; }

    IDevice* device_ = nullptr;
    const Allocator* allocator_ = nullptr;
    BufferType type_ = BufferType::DRAM;
    uint64_t size_ = 0, page_size_ = 2048;
    uint32_t address_ = 0;
    std::optional<uint32_t> cores_;
    size_t unique_id_ = 0;
};

}  // namespace tt::tt_metal

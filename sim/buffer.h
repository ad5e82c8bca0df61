// A block of device memory. It owns what it allocated, or is a view at an address that somebody else owns; views are
// never reported. Its memory goes with deallocate(), with the buffer, or with the close of its device.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <ttmem/ttmem.h>

#include "sim/buffer_type.h"
#include "sim/device.h"

namespace ttmem::sim {

struct BufferConfig {
    uint64_t size = 0;  // requested bytes, per chip
    uint64_t page_size = 0;
    BufferType type = BufferType::kDram;
    std::optional<bool> bottom_up = {};  // else DRAM grows up and all others grow down
    uint32_t shard_cores = 0;            // sharded over so many L1 banks; 0: interleaved over all banks
    bool persistent = false;

    // Whose it is.
    const char* kind = "tensor";  // "tensor", "program", "trace", "runtime"
    ttmem_handle holder = 0;      // the program or trace that it belongs to,
    uint64_t holder_id = 0;       // its id,
    std::string program = {};     // and of a program its name
};

class Buffer {
public:
    // Throws OutOfMemory, after the failure was reported. Requires: the device is open, size and page_size are not 0.
    static std::shared_ptr<Buffer> create(IDevice& device, const BufferConfig& config);

    // A view of `address`, which somebody else owns.
    static std::shared_ptr<Buffer> create(IDevice& device, uint64_t address, const BufferConfig& config);

    ~Buffer();
    Buffer(const Buffer&) = delete;

    // Gives the memory back; a second call does nothing. After the close of the device there is none to give back.
    void deallocate();

    uint64_t unique_id() const { return unique_id_; }
    uint64_t address() const { return address_; }
    uint64_t size() const { return config_.size; }
    bool owns_data() const { return owns_data_; }
    bool is_allocated() const { return allocated_; }
    ttmem_handle tracked() const { return tracked_; }  // 0 of a view

    // For an owner: it is meant to outlive iterations.
    void mark_persistent();

private:
    Buffer(IDevice& device, const BufferConfig& config, bool owns_data);

    void allocate_impl();
    bool device_still_open(const std::shared_ptr<IDevice>& device) const;

    std::weak_ptr<IDevice> device_;
    uint64_t device_session_;
    BufferConfig config_;
    uint64_t unique_id_;
    uint64_t address_ = 0;
    bool owns_data_;
    bool allocated_ = false;
    ttmem_handle tracked_ = 0;
};

}  // namespace ttmem::sim

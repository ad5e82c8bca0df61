// Tells ttmem of every buffer that owns device memory, from all threads: a BufferAllocationObserver of tt-metal.
//
//   register_buffer_allocation_observer_once(typeid(ttmem::tt_metal::BufferObserver),
//                                            [] { return std::make_shared<ttmem::tt_metal::BufferObserver>(); });
//
// One buffer on a MeshDevice is one allocation on all of its chips; the per-chip buffers of a MeshBuffer, and views,
// own nothing and are not observed by tt-metal. A buffer that a hook allocated (no dispatch) has no address and is
// none.
#pragma once

#include <tt-metalium/allocator.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/mesh_device.hpp>

#include <impl/memory_tracking/buffer_allocation_observer.hpp>
#include "adapters/tt_metal/places.h"

namespace ttmem::tt_metal {

inline DeviceNumber number_of(const ::tt::tt_metal::IDevice& device) {
    const bool is_mesh = dynamic_cast<const ::tt::tt_metal::distributed::MeshDevice*>(&device) != nullptr;
    return {is_mesh, static_cast<uint32_t>(device.id())};
}

inline ttmem_place place_of(const ::tt::tt_metal::IDevice* device) {
    return device == nullptr ? 0 : Places::instance().place_of(number_of(*device));
}

// What the buffer takes of the allocator. tt-metal keeps no handle for others, so that it is freed by its address.
inline ttmem_allocation describe(const ::tt::tt_metal::Buffer& buffer, ttmem_place place) {
    ttmem_allocation allocation{};
    allocation.place = place;
    allocation.pool = static_cast<uint8_t>(buffer.buffer_type());  // numbered as ttmem_pool
    allocation.kind = TTMEM_CLASS_UNKNOWN;
    allocation.flags = TTMEM_BY_ADDRESS;
    allocation.address = buffer.address();
    allocation.requested_bytes = buffer.size();
    allocation.bytes_per_bank = buffer.aligned_size_per_bank();
    allocation.banks = static_cast<uint16_t>(buffer.allocator()->get_num_banks(buffer.buffer_type()));
    // num_cores() is of sharded buffers only: interleaved pages go round all banks.
    const uint32_t pages = buffer.num_pages(), all = allocation.banks;
    allocation.data_banks = static_cast<uint16_t>(buffer.num_cores().value_or(pages < all ? pages : all));
    allocation.page_bytes = static_cast<uint32_t>(buffer.page_size());
    allocation.unique_id = buffer.unique_id();
    return allocation;
}

inline void buffer_allocated(const ::tt::tt_metal::Buffer& buffer) {
    const ttmem_place place = place_of(buffer.device());
    if (place == 0 || buffer.address() == 0 || buffer.size() == 0) return;
    const ttmem_allocation allocation = describe(buffer, place);
    ttmem_record_alloc(&allocation);
}

inline void buffer_freed(const ::tt::tt_metal::Buffer& buffer) {
    const ttmem_place place = place_of(buffer.device());
    if (place == 0 || buffer.address() == 0 || buffer.size() == 0) return;
    ttmem_record_free_at(place, static_cast<ttmem_pool>(buffer.buffer_type()), buffer.address());
}

class BufferObserver final : public ::tt::tt_metal::BufferAllocationObserver {
public:
    void track_allocate(const ::tt::tt_metal::Buffer* buffer) override { buffer_allocated(*buffer); }
    void track_deallocate(::tt::tt_metal::Buffer* buffer) override { buffer_freed(*buffer); }
};

}  // namespace ttmem::tt_metal

// A buffer on every chip of a mesh, at one address: one backing allocation, made on the mesh, and a view on each chip.
// Only the backing allocation exists for the allocator, for ttmem and for the truth.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/buffer.h"
#include "sim/mesh_device.h"

namespace ttmem::sim {

class MeshBuffer {
public:
    // Throws OutOfMemory. `config.size` is per chip: replicated, or what each chip gets of a sharded tensor.
    static std::shared_ptr<MeshBuffer> create(MeshDevice& mesh, const BufferConfig& config);

    // Views alone, of memory that somebody else owns.
    static std::shared_ptr<MeshBuffer> create(MeshDevice& mesh, uint64_t address, const BufferConfig& config);

    void deallocate();

    uint64_t address() const { return device_buffers_.front()->address(); }
    bool is_allocated() const { return device_buffers_.front()->is_allocated(); }
    ttmem_handle tracked() const { return backing_ ? backing_->tracked() : 0; }
    void mark_persistent();
    const std::vector<std::shared_ptr<Buffer>>& device_buffers() const { return device_buffers_; }

private:
    MeshBuffer(MeshDevice& mesh, std::shared_ptr<Buffer> backing, uint64_t address, const BufferConfig& config);

    std::shared_ptr<Buffer> backing_;  // null for views
    std::vector<std::shared_ptr<Buffer>> device_buffers_;
};

}  // namespace ttmem::sim

#include "sim/mesh_buffer.h"

#include <utility>

namespace ttmem::sim {

std::shared_ptr<MeshBuffer> MeshBuffer::create(MeshDevice& mesh, const BufferConfig& config) {
    std::shared_ptr<Buffer> backing = Buffer::create(mesh, config);
    const uint64_t address = backing->address();
    return std::shared_ptr<MeshBuffer>(new MeshBuffer(mesh, std::move(backing), address, config));
}

std::shared_ptr<MeshBuffer> MeshBuffer::create(MeshDevice& mesh, uint64_t address, const BufferConfig& config) {
    return std::shared_ptr<MeshBuffer>(new MeshBuffer(mesh, nullptr, address, config));
}

MeshBuffer::MeshBuffer(MeshDevice& mesh, std::shared_ptr<Buffer> backing, uint64_t address, const BufferConfig& config)
    : backing_(std::move(backing)) {
    for (const auto& chip : mesh.devices()) device_buffers_.push_back(Buffer::create(*chip, address, config));
}

void MeshBuffer::deallocate() {
    for (const auto& view : device_buffers_) view->deallocate();
    if (backing_) backing_->deallocate();
}

void MeshBuffer::mark_persistent() {
    if (backing_) backing_->mark_persistent();
}

}  // namespace ttmem::sim

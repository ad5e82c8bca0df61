// A compiled program: its kernel binaries lie in DRAM, and its circular buffers are reserved, as long as it lives.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/cb_truth.h"
#include "sim/circular_buffer.h"
#include "sim/mesh_buffer.h"
#include "ttmem/ttmem.h"

namespace ttmem::sim {

class IDevice;
class MeshDevice;
class MetalContext;

class ProgramImpl {
public:
    ProgramImpl(MetalContext& context, std::string name);
    // The binaries go first, then the circular buffers, then the program is over: nothing outlives its holder.
    ~ProgramImpl();
    ProgramImpl(const ProgramImpl&) = delete;

    // Puts the binaries on every chip, top-down, once; again it does nothing. Throws OutOfMemory.
    void load_binaries(MeshDevice& mesh, uint64_t kernel_bytes);

    // Other circular buffers from the next dispatch on (UpdateCircularBufferTotalSize and the like).
    void set_circular_buffers(std::vector<CircularBufferConfig> configs);

    // Reserves the circular buffers on a device or a part of a mesh, `chip` being what its chips are like. Throws
    // CbFailure when they do not fit below what `allocator` has handed out of L1.
    void allocate_circular_buffers(IDevice& device);

    // Gives them back, everywhere at once.
    void deallocate_circular_buffers();

    // Allocates the circular buffers if need be, then launches; inside a capture it becomes a part of the trace.
    void dispatch(IDevice& device);

    // A planted bug: the destructor forgets to give the circular buffers back.
    void forget_circular_buffers() { forgets_circular_buffers_ = true; }

    const std::string& name() const { return name_; }
    uint64_t id() const { return id_; }
    std::shared_ptr<MeshBuffer> kernels_buffer() const { return kernels_buffer_; }
    bool has_circular_buffers() const { return !configs_.empty(); }

private:
    MetalContext& context_;
    std::string name_;
    uint64_t id_;
    ttmem_handle tracked_;
    std::shared_ptr<MeshBuffer> kernels_buffer_;
    std::vector<CircularBufferConfig> configs_;
    bool reserved_ = false;
    bool forgets_circular_buffers_ = false;
};

}  // namespace ttmem::sim

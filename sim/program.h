// A handle of a compiled program. It lives as long as somebody, such as the program cache, holds it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace ttmem::sim {

class IDevice;
class MeshDevice;
class MetalContext;
class ProgramImpl;

class Program {
public:
    Program(MetalContext& context, std::string name);

    // Makes it ready to run on a mesh: its kernels' binaries are loaded. Throws OutOfMemory.
    void compile(MeshDevice& mesh, uint64_t kernel_bytes);

    // Launches it on a mesh or a part of one. Throws CbFailure.
    void dispatch(IDevice& device);

    ProgramImpl& impl() { return *impl_; }

private:
    std::shared_ptr<ProgramImpl> impl_;
};

}  // namespace ttmem::sim

#include "sim/program.h"

#include <utility>

#include "sim/program_impl.h"

namespace ttmem::sim {

Program::Program(MetalContext& context, std::string name)
    : impl_(std::make_shared<ProgramImpl>(context, std::move(name))) {}

void Program::dispatch(IDevice& device) { impl_->dispatch(device); }

void Program::compile(MeshDevice& mesh, uint64_t kernel_bytes) { impl_->load_binaries(mesh, kernel_bytes); }

}  // namespace ttmem::sim

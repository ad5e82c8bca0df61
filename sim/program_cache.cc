#include "sim/program_cache.h"

#include <utility>

#include "sim/mesh_device.h"
#include "sim/program_impl.h"

namespace ttmem::sim {

Program& ProgramCache::get_or_compile(MeshDevice& mesh, const std::string& name, uint64_t kernel_bytes,
                                      const std::vector<CircularBufferConfig>& circular_buffers) {
    if (const auto found = programs_.find(name); found != programs_.end()) return found->second;
    Program program(mesh.context(), name);
    program.impl().set_circular_buffers(circular_buffers);
    program.compile(mesh, kernel_bytes);
    return programs_.emplace(name, std::move(program)).first->second;
}

}  // namespace ttmem::sim

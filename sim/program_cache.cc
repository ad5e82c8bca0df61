#include "sim/program_cache.h"

#include <utility>

#include "sim/mesh_device.h"
#include "sim/program_impl.h"

namespace ttmem::sim {

Program& ProgramCache::get_or_compile(MeshDevice& mesh, const std::string& name, uint64_t kernel_bytes,
                                      const std::vector<CircularBufferConfig>& circular_buffers) {
    std::list<Entry>& of_name = programs_[name];
    for (Entry& entry : of_name)
        if (entry.kernel_bytes == kernel_bytes && entry.circular_buffers == circular_buffers) return entry.program;
    Program program(mesh.context(), name);
    program.impl().set_circular_buffers(circular_buffers);
    program.compile(mesh, kernel_bytes);
    return of_name.emplace_back(Entry{kernel_bytes, circular_buffers, std::move(program)}).program;
}

size_t ProgramCache::size() const {
    size_t count = 0;
    for (const auto& [name, entries] : programs_) count += entries.size();
    return count;
}

}  // namespace ttmem::sim

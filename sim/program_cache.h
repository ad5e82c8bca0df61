// The programs that a mesh keeps for their next use, by the name of what they compute and how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "sim/circular_buffer.h"
#include "sim/program.h"

namespace ttmem::sim {

class MeshDevice;

class ProgramCache {
public:
    // The cached program, or a new one that is compiled for the mesh and kept. Throws OutOfMemory.
    Program& get_or_compile(MeshDevice& mesh, const std::string& name, uint64_t kernel_bytes,
                            const std::vector<CircularBufferConfig>& circular_buffers = {});

    // Destroys the programs, in the order of their names.
    void clear() { programs_.clear(); }
    size_t size() const;

private:
    struct Entry {
        uint64_t kernel_bytes;
        std::vector<CircularBufferConfig> circular_buffers;
        Program program;
    };
    std::map<std::string, std::list<Entry>> programs_;
};

}  // namespace ttmem::sim

// Chips used in lockstep: one allocator, the same address on every chip. A sub-mesh has an allocator and a place of its
// own on some of its parent's chips; parent and sub-mesh close in any order.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "sim/chip.h"
#include "sim/device.h"
#include "sim/program_cache.h"

namespace ttmem::sim {

class MeshDevice;

// The part of a mesh that one program of a workload runs on: it has the mesh's memory, and closes with it.
class MeshPart : public IDevice {
public:
    MeshPart(MeshDevice& mesh, uint32_t number, std::vector<uint64_t> chip_ids);
    bool is_open() const override;
    Allocator& allocator() override;
    const ChipSpec& chip_spec() const override;

private:
    MeshDevice& mesh_;
};

class MeshDevice : public IDevice {
public:
    // Opens the chips with these positions in the machine, then the mesh. Throws Refused when they differ in memory.
    static std::shared_ptr<MeshDevice> create(MetalContext& context, const std::vector<size_t>& chips,
                                              const DeviceParams& params = {});
    // All chips of the machine.
    static std::shared_ptr<MeshDevice> create(MetalContext& context, const DeviceParams& params = {});

    // `chips` are positions in this mesh. Requires: is_open().
    std::shared_ptr<MeshDevice> create_submesh(const std::vector<size_t>& chips);

    // Some of its chips as the place of a program of a workload. `chips` are positions in this mesh. Requires:
    // is_open().
    std::shared_ptr<MeshPart> create_part(uint32_t number, const std::vector<size_t>& chips);

    // Releases what is live on the mesh, then closes it and its chips. A second close does nothing.
    void close();
    ~MeshDevice() override;

    const std::vector<std::shared_ptr<Chip>>& devices() const { return devices_; }
    ProgramCache& program_cache() { return program_cache_; }
    void disable_and_clear_program_cache();

private:
    MeshDevice(MetalContext& context, std::vector<std::shared_ptr<Chip>> devices, const DeviceParams& params);

    std::vector<std::shared_ptr<Chip>> devices_;
    DeviceParams params_;
    ProgramCache program_cache_;
};

}  // namespace ttmem::sim

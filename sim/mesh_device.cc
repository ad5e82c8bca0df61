#include "sim/mesh_device.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "sim/error.h"
#include "sim/metal_context.h"

namespace ttmem::sim {
namespace {

std::vector<uint64_t> ids_of(const std::vector<std::shared_ptr<Chip>>& chips) {
    std::vector<uint64_t> ids;
    for (const auto& chip : chips) ids.push_back(chip->spec().unique_id);
    return ids;
}

// Lockstep needs the same banks everywhere.
void check_alike(const std::vector<std::shared_ptr<Chip>>& chips) {
    for (const auto& chip : chips)
        if (!chip->spec().same_memory(chips[0]->spec()))
            throw Refused(fmt::format("chips {} and {} cannot form a mesh: their DRAM banks or compute grids differ",
                                      chips[0]->spec().logical_id, chip->spec().logical_id));
}

}  // namespace

std::shared_ptr<MeshDevice> MeshDevice::create(MetalContext& context, const std::vector<size_t>& chips,
                                               const DeviceParams& params) {
    std::vector<std::shared_ptr<Chip>> devices;
    for (const size_t chip : chips) devices.push_back(context.chips().at(chip));
    check_alike(devices);
    for (const auto& device : devices) device->open(params);
    return std::shared_ptr<MeshDevice>(new MeshDevice(context, std::move(devices), params));
}

std::shared_ptr<MeshDevice> MeshDevice::create(MetalContext& context, const DeviceParams& params) {
    std::vector<size_t> all(context.chips().size());
    std::iota(all.begin(), all.end(), size_t{0});
    return create(context, all, params);
}

MeshDevice::MeshDevice(MetalContext& context, std::vector<std::shared_ptr<Chip>> devices, const DeviceParams& params)
    : IDevice(context, {PlaceName::Kind::kMesh, context.next_mesh_id()}, ids_of(devices)),
      devices_(std::move(devices)),
      params_(params) {
    open_place(devices_[0]->spec(), params_);
}

std::shared_ptr<MeshDevice> MeshDevice::create_submesh(const std::vector<size_t>& chips) {
    std::vector<std::shared_ptr<Chip>> devices;
    for (const size_t chip : chips) devices.push_back(devices_.at(chip));
    for (const auto& device : devices) device->open(params_);
    return std::shared_ptr<MeshDevice>(new MeshDevice(context(), std::move(devices), params_));
}

std::shared_ptr<MeshPart> MeshDevice::create_part(uint32_t number, const std::vector<size_t>& chips) {
    std::vector<uint64_t> ids;
    for (const size_t chip : chips) ids.push_back(devices_.at(chip)->spec().unique_id);
    return std::make_shared<MeshPart>(*this, number, std::move(ids));
}

void MeshDevice::disable_and_clear_program_cache() {
    context().tracker().track_cache_cleared(place());
    program_cache_.clear();
}

MeshPart::MeshPart(MeshDevice& mesh, uint32_t number, std::vector<uint64_t> chip_ids)
    : IDevice(mesh.context(), {PlaceName::Kind::kPart, number, mesh.place_name().number}, std::move(chip_ids),
              mesh.place()),
      mesh_(mesh) {}
bool MeshPart::is_open() const { return mesh_.is_open(); }
Allocator& MeshPart::allocator() { return mesh_.allocator(); }
const ChipSpec& MeshPart::chip_spec() const { return mesh_.chip_spec(); }

void MeshDevice::close() {
    if (!is_open()) return;
    close_place();
    for (const auto& device : devices_) device->close();
}

MeshDevice::~MeshDevice() { close(); }

}  // namespace ttmem::sim

#include "sim/chip.h"

#include "sim/metal_context.h"

namespace ttmem::sim {

Chip::Chip(MetalContext& context, const ChipSpec& spec)
    : IDevice(context, {PlaceName::Kind::kChip, spec.logical_id}, {spec.unique_id}), spec_(spec) {}

void Chip::open(const DeviceParams& params) {
    if (users_ == 0) {
        context().truth().describe_chip(spec_, params);
        context().tracker().track_chip(spec_, params);
        open_place(spec_, params);
    }
    users_++;
}

void Chip::close() {
    if (--users_ == 0) close_place();
}

}  // namespace ttmem::sim

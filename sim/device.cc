#include "sim/device.h"

#include <utility>

#include "sim/metal_context.h"

namespace ttmem::sim {

IDevice::IDevice(MetalContext& context, PlaceName place_name, std::vector<uint64_t> chip_ids, ttmem_place parent)
    : context_(context),
      place_name_(place_name),
      chip_ids_(std::move(chip_ids)),
      place_(context.tracker().track_place(place_name_, chip_ids_, parent)) {}

void IDevice::open_place(const ChipSpec& chip, const DeviceParams& params) {
    allocator_.emplace(chip, params);
    chip_ = chip;
    session_++;
    context_.tracker().track_open(place_);
}

void IDevice::close_place() {
    context_.tracker().track_close(place_, [this] {
        allocator_.reset();
        context_.truth().closed(place_name_);
    });
}

}  // namespace ttmem::sim

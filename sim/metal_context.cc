#include "sim/metal_context.h"

#include <utility>

namespace ttmem::sim {

MetalContext::MetalContext(Machine machine, Truth& truth, GraphTracker& tracker)
    : machine_(std::move(machine)), truth_(truth), tracker_(tracker) {
    for (const ChipSpec& spec : machine_.chips) {
        truth_.describe_chip(spec, DeviceParams{});
        tracker_.track_chip(spec, DeviceParams{});
    }
    for (const ChipSpec& spec : machine_.chips) chips_.push_back(std::make_shared<Chip>(*this, spec));
}

}  // namespace ttmem::sim

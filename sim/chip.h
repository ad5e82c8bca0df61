// One chip as a device of its own, tt-metal's Device. Every mesh opens its chips and closes them again, so a chip is
// open while any mesh that has it is.
#pragma once

#include <cstdint>

#include "sim/device.h"
#include "sim/machine.h"

namespace ttmem::sim {

class Chip : public IDevice {
public:
    Chip(MetalContext& context, const ChipSpec& spec);

    const ChipSpec& spec() const { return spec_; }

    // The first open decides the parameters; each open needs a close. Throws Refused when they leave no room.
    void open(const DeviceParams& params);
    void close();

private:
    ChipSpec spec_;
    uint32_t users_ = 0;
};

}  // namespace ttmem::sim

// The chips and meshes of a tt-metal process, as ttmem's places. By numbers only: nothing here keeps a device pointer.
//
// A mesh's number and a chip's are of different kinds: mesh 0 is not chip 0. Register what is opened before anything is
// allocated on it; what is allocated on an unknown device is not tracked. Thread-safe.
#pragma once

#include <ttmem/ttmem.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <utility>
#include <vector>

namespace ttmem::tt_metal {

struct DeviceNumber {
    bool is_mesh = false;
    uint32_t number = 0;
    friend auto operator<=>(const DeviceNumber&, const DeviceNumber&) = default;
};

class Places {
public:
    // Of this process.
    static Places& instance() {
        static Places places;
        return places;
    }

    // A chip was opened: Device::initialize(). `chip.logical_id` is its number, `chip.chip_id` the 64-bit unique id of
    // the cluster descriptor; its banks as the allocator has them now, without what the trace region took.
    ttmem_place chip_opened(const ttmem_chip_info& chip) {
        if (ttmem_register_chip(&chip) != TTMEM_OK) return 0;
        {
            const std::unique_lock lock(mutex_);
            chip_ids_[chip.logical_id] = chip.chip_id;
        }
        const ttmem_place_info info{TTMEM_PLACE_CHIP, chip.logical_id, 0, 1, &chip.chip_id, nullptr};
        return open({false, chip.logical_id}, info);
    }

    // A mesh of chips that were opened: MeshDevice::initialize(). `parent`: of a sub-mesh, the mesh that it was made
    // from.
    ttmem_place mesh_opened(uint32_t number, std::span<const uint32_t> chips, const DeviceNumber* parent = nullptr) {
        std::vector<uint64_t> ids;
        {
            const std::shared_lock lock(mutex_);
            for (const uint32_t chip : chips) {
                const auto id = chip_ids_.find(chip);
                if (id != chip_ids_.end()) ids.push_back(id->second);
            }
        }
        ttmem_place_info info{};
        info.kind = parent != nullptr ? TTMEM_PLACE_MESH_PART : TTMEM_PLACE_MESH;
        info.number = number;
        info.parent = parent != nullptr ? place_of(*parent) : 0;
        info.chip_count = static_cast<uint32_t>(ids.size());
        info.chip_ids = ids.data();
        return open({true, number}, info);
    }

    // Close gives back everything that is allocated there: Device::close(), MeshDevice::close(), before the allocator's
    // deallocate_buffers().
    void closed(DeviceNumber device) {
        if (const ttmem_place place = place_of(device)) ttmem_close(place);
    }

    // 0 when it was never opened.
    ttmem_place place_of(DeviceNumber device) const {
        const std::shared_lock lock(mutex_);
        const auto found = places_.find(device);
        return found == places_.end() ? 0 : found->second;
    }

private:
    ttmem_place open(DeviceNumber device, const ttmem_place_info& info) {
        const ttmem_place place = ttmem_register_place(&info);
        if (place == 0) return 0;
        ttmem_open(place);
        const std::unique_lock lock(mutex_);
        return places_[device] = place;
    }

    mutable std::shared_mutex mutex_;
    std::map<DeviceNumber, ttmem_place> places_;
    std::map<uint32_t, uint64_t> chip_ids_;  // by number
};

}  // namespace ttmem::tt_metal

// A program and its circular buffers, from creation to destruction: a member of tt-metal's ProgramImpl.
//
//   class ProgramImpl { ...  ttmem::tt_metal::TrackedProgram tracked_{this->id}; };
//
//   allocate_circular_buffers(device)      add() each, then planned(device); again when a cache hit changed one
//   at each launch                         dispatched(device)
//   ~ProgramImpl()                         nothing: the member's destructor gives the circular buffers back and ends it
//
// Its circular buffers end with it alone, on all of its devices at once. Movable, as ProgramImpl is; not for two
// threads at once, as ProgramImpl is not.
#pragma once

#include <ttmem/ttmem.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "adapters/tt_metal/places.h"

namespace ttmem::tt_metal {

class TrackedProgram {
public:
    explicit TrackedProgram(uint64_t runtime_id, const char* name = nullptr)
        : handle_(ttmem_program_created(name != nullptr ? ttmem_intern(name) : 0, runtime_id)) {}
    TrackedProgram(TrackedProgram&& other) noexcept
        : handle_(std::exchange(other.handle_, 0)), buffers_(std::move(other.buffers_)) {}
    TrackedProgram& operator=(TrackedProgram&& other) noexcept {
        std::swap(handle_, other.handle_);
        std::swap(buffers_, other.buffers_);
        return *this;
    }
    ~TrackedProgram() {
        deallocate_circular_buffers();
        ttmem_program_destroyed(handle_);
    }

    // What its binaries name as their holder; 0 when nothing is tracked.
    ttmem_handle handle() const { return handle_; }

    // One circular buffer of the plan that is being made. A globally allocated one lies in a tensor and adds nothing.
    // `bytes` are of each core.
    void add(uint8_t index, uint64_t address, uint64_t bytes, bool globally_allocated,
             std::vector<ttmem_core_range> cores) {
        buffers_.push_back({index, globally_allocated, globally_allocated ? 0 : address, bytes, std::move(cores)});
    }

    // What was added is its plan on this device from its next launch on. The next plan begins empty.
    void planned(DeviceNumber device) {
        const ttmem_place place = Places::instance().place_of(device);
        std::vector<ttmem_circular_buffer> infos;
        for (const Buffer& buffer : buffers_) {
            infos.push_back({buffer.index, static_cast<uint8_t>(buffer.aliased ? TTMEM_CB_ALIASED : 0),
                             static_cast<uint16_t>(buffer.cores.size()), 0, buffer.address, buffer.bytes,
                             buffer.cores.data()});
        }
        if (place != 0) ttmem_program_planned(handle_, place, infos.data(), static_cast<uint32_t>(infos.size()));
        buffers_.clear();
    }

    void dispatched(DeviceNumber device) const {
        if (const ttmem_place place = Places::instance().place_of(device)) ttmem_program_dispatched(handle_, place);
    }

    // ProgramImpl::deallocate_circular_buffers(), where it is called before the end.
    void deallocate_circular_buffers() { ttmem_program_cbs_freed(handle_); }

private:
    struct Buffer {
        uint8_t index;
        bool aliased;
        uint64_t address, bytes;
        std::vector<ttmem_core_range> cores;
    };

    ttmem_handle handle_ = 0;
    std::vector<Buffer> buffers_;  // of the plan that is being made
};

// ProgramCache::clear() and disable_and_clear_program_cache(). The programs end by themselves.
inline void program_cache_cleared(DeviceNumber device) {
    if (const ttmem_place place = Places::instance().place_of(device)) ttmem_program_cache_cleared(place);
}

}  // namespace ttmem::tt_metal

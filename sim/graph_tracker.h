// The hook layer: tells ttmem what the runtime does, through its public API and with ids only.
//
// This is what tt-metal's hooks do in a real process. Nothing that ttmem answers changes what the runtime does. Every
// call is counted; after_call() is told, at a moment when the runtime's own books agree with what was reported: each
// hook makes exactly one call, texts aside, and what a call announces (a free, a close) is handed in as `effect`, which
// runs before after_call(). Virtual are the hooks that a runtime may report through other code (adapters/tt_metal).
#pragma once

#include <ttmem/ttmem.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "sim/allocation_client.h"
#include "sim/allocator.h"
#include "sim/circular_buffer.h"
#include "sim/machine.h"
#include "sim/truth.h"

namespace ttmem::sim {

class GraphTracker {
public:
    using Effect = std::function<void()>;

    GraphTracker() = default;
    virtual ~GraphTracker() = default;

    // after_call(n): the nth call of the client library has returned. Set it before anything is tracked.
    void set_after_call(std::function<void(uint64_t)> after_call) { after_call_ = std::move(after_call); }
    uint64_t calls() const { return calls_; }
    // Tells an allocation server, too. It must outlive this object.
    void also_tell(AllocationClient& client) { allocation_client_ = &client; }

    virtual void track_chip(const ChipSpec& chip, const DeviceParams& params);
    // `parent`: the mesh that it is a part of; 0 none.
    virtual ttmem_place track_place(PlaceName name, const std::vector<uint64_t>& chip_ids, ttmem_place parent = 0);
    void track_open(ttmem_place place);
    virtual void track_close(ttmem_place place, const Effect& effect);

    // Requires: the tag and op that it belongs to were announced before.
    virtual ttmem_handle track_allocate(ttmem_place place, ttmem_handle holder, const LiveAllocation& allocation);
    virtual void track_deallocate(ttmem_handle allocation, uint64_t unique_id, const Effect& effect);
    void track_persistent(ttmem_handle allocation);
    void track_view(ttmem_place place, const LiveAllocation& view);
    void track_failure(ttmem_place place, const OutOfMemory& failure);

    virtual ttmem_handle track_program_created(const std::string& name, uint64_t unique_id);
    // `place_number`: how the runtime calls the place.
    virtual void track_program_planned(ttmem_handle program, ttmem_place place, uint32_t place_number,
                                       const std::vector<CircularBuffer>& buffers, const Effect& effect);
    virtual void track_program_dispatched(ttmem_handle program, ttmem_place place, const Effect& effect);
    virtual void track_cbs_freed(ttmem_handle program, const Effect& effect);
    virtual void track_program_destroyed(ttmem_handle program, const Effect& effect);
    virtual void track_cache_cleared(ttmem_place place);
    void track_cb_failure(ttmem_place place, const CbFailure& failure);

    // Of the calling thread.
    void track_trace_begin(ttmem_place place);
    ttmem_handle track_trace_end(const std::string& name, uint64_t number);
    void track_trace_replayed(ttmem_handle trace, const Effect& effect);
    void track_trace_released(ttmem_handle trace, const Effect& effect);

    // Of the calling thread. A tag "" takes the tag away.
    virtual void track_function_start(const std::string& op);
    virtual void track_function_end();
    void track_tag(const std::string& tag);
    void track_iteration_start(const std::string& name);
    void track_iteration_end(const Effect& effect);

protected:
    // The end of every hook.
    void called(const Effect& effect = {});

private:
    ttmem_text text(const std::string& text);

    std::atomic<uint64_t> calls_{0};
    std::function<void(uint64_t)> after_call_;
    AllocationClient* allocation_client_ = nullptr;
    std::mutex texts_mutex_;
    std::map<std::string, ttmem_text> texts_;
};

}  // namespace ttmem::sim

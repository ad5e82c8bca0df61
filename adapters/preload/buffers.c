// What tt-metal's allocators give and take back.
//
// What counts is what an allocator was asked for and tt-metal then tells of. Phantoms, buffers of a capture that
// dispatches nothing, never ask an allocator.
#include "adapters/preload/audit.h"
#include "adapters/preload/context.h"
#include "adapters/preload/failures.h"
#include "adapters/preload/live.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/places.h"
#include "adapters/preload/runtime.h"

// AllocatorImpl::allocate_buffer(this, Buffer*).
void on_allocate_buffer(struct registers* r) {
    // A mesh that was not seen to begin is taken over before it gets more.
    if (runtime.adopts) device_of(buffer_device((const void*)r->argument[1]));
    enter_allocator();
}

void after_allocate_buffer(struct registers* r) {
    context.asked_allocator = (const void*)r->argument[0];
    context.asked_buffer = r->flag == 0 ? (const void*)r->argument[1] : NULL;
    context.has_asked = true;
    if (r->flag == 0) return;
    leave_allocator();
    record_out_of_memory((const void*)r->argument[0], (const void*)r->argument[1]);
}

// Attached late, a thread may have asked before its calls were hooked.
static bool asked_unseen(const void* buffer) {
    return runtime.adopts && !context.has_asked && runtime.buffer_is_allocated(buffer) &&
           runtime.buffer_address(buffer) != 0;
}

static void allocated(const void* buffer, const void* allocator) {
    struct device* device = device_of(buffer_device(buffer));
    if (device == NULL) {
        leave_allocator();
        note_incomplete("tt-metal allocated buffers on a device that it did not tell of");
        ttmem_count_untracked(0, (ttmem_pool)buffer_type(buffer), buffer_size(buffer));
        return;
    }
    if (allocator == NULL) allocator = device->allocator;
    if (device->mesh != NULL && device->allocator == NULL) device->allocator = allocator;
    record_buffer(device, allocator, buffer);
    leave_allocator();
    audit(device);
}

// GraphTracker::track_allocate(this, const Buffer*).
void on_track_allocate(struct registers* r) {
    const void* buffer = (const void*)r->argument[1];
    const bool asked = context.asked_buffer == buffer;
    context.asked_buffer = NULL;
    if (!asked && !asked_unseen(buffer)) return;
    allocated(buffer, asked ? context.asked_allocator : NULL);
}

// AllocatorImpl::deallocate_buffer(this, Buffer*). What is not known was never recorded, or is the parent's.
void on_deallocate_buffer(struct registers* r) {
    const void* buffer = (const void*)r->argument[1];
    if (runtime.adopts) device_of(buffer_device(buffer));
    enter_allocator();
    free_buffer(buffer);
}

void after_deallocate_buffer(struct registers* r) {
    (void)r;
    leave_allocator();
}

// AllocatorImpl::deallocate_buffers(this): all of its buffers, without events. In a close it is the close that
// releases.
void on_deallocate_buffers(struct registers* r) {
    if (close_begins((const void*)r->argument[0])) return;
    free_all_buffers((const void*)r->argument[0]);
}

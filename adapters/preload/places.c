#include "adapters/preload/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/preload/chips.h"
#include "adapters/preload/context.h"
#include "adapters/preload/forks.h"
#include "adapters/preload/live.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/operations.h"
#include "adapters/preload/runtime.h"
#include "adapters/preload/traces.h"
#include "adapters/preload/unwinding.h"

#define EXPORTED __attribute__((visibility("default")))

static uint32_t* opening;  // a lock in wiped memory: one device is opened at a time

bool places_begin(void) {
    if (opening == NULL) opening = wiped_memory(sizeof *opening);
    return opening != NULL && chips_begin();
}

// A MeshDevice, by its type: a virtual table points to it.
static bool is_mesh(const void* pointer) {
    const void* const* table;
    memcpy(&table, pointer, sizeof table);
    return table[-1] == (const void*)runtime.mesh_type;
}

static void begin_session(struct device* device, uint32_t kind) {
    const ttmem_place_info info = {
        .kind = kind, .number = device->number, .chip_count = device->chip_count, .chip_ids = device->chip_ids};
    device->place = ttmem_register_place(&info);
    ttmem_open(device->place);
}

struct request {
    const void *pointer, *impl;
    struct device *mesh, *made;
    uint32_t chip;
};

// Guarded: tt-metal is asked, and may throw. `made` stays NULL then.
static void make_mesh(struct registers* r) {
    struct request* request = (struct request*)r->argument[0];
    struct device* made = take_device();
    if (made == NULL) return;
    const struct device empty = {
        .next = made->next, .chip_ids = made->chip_ids, .logical_ids = made->logical_ids, .chips = made->chips};
    *made = empty;
    struct device described = empty;
    described.pointer = request->pointer;
    const void* const* allocator = runtime.mesh_allocator(request->pointer);  // const std::unique_ptr<AllocatorImpl>&
    described.allocator = allocator != NULL ? *allocator : NULL;
    described.impl = request->impl;
    described.number = (uint32_t)runtime.mesh_id(request->pointer);
    if (described.allocator == NULL) return;
    const bool chips_read = read_chips(&described);
    made->chip_ids = described.chip_ids;
    made->logical_ids = described.logical_ids;
    made->chips = described.chips;
    if (!chips_read) return;
    described.alignment = runtime.allocator_alignment(described.allocator, TTMEM_POOL_DRAM);
    register_chips(&described);
    described.process = getpid();
    begin_session(&described, TTMEM_PLACE_MESH);
    described.pointer = NULL;
    *made = described;
    request->made = made;
}

static void make_chip(struct request* request) {
    struct device* mesh = request->mesh;
    struct device* made = take_device();
    uint64_t* chip_id = made != NULL ? realloc(made->chip_ids, sizeof *chip_id) : NULL;
    if (chip_id == NULL) return;
    *chip_id = mesh->chip_ids[request->chip];
    *made = (struct device){.next = made->next,
                            .mesh = mesh,
                            .number = mesh->logical_ids[request->chip],
                            .process = getpid(),
                            .chip_count = 1,
                            .chip_ids = chip_id,
                            .logical_ids = made->logical_ids,
                            .chips = made->chips,
                            .alignment = mesh->alignment};
    begin_session(made, TTMEM_PLACE_CHIP);
    request->made = made;
    note("some buffers lie on single chips (per-core allocation): ttnn's view of the mesh does not show them");
}

static struct device* open_now(const void* pointer, const void* impl) {
    struct request request = {.pointer = pointer, .impl = impl};
    lock(opening);
    struct device* device = open_device(pointer);
    if (device == NULL) {
        request.mesh = mesh_with_chip(pointer, &request.chip);
        if (request.mesh != NULL) {
            make_chip(&request);
        } else if (impl != NULL || is_mesh(pointer)) {
            note_runtime(&runtime.judgement);
            note_missing_names();
            run_guarded(make_mesh, (uint64_t)&request, 0);
        }
        device = request.made;
        if (device != NULL && runtime.adopts && device->mesh == NULL) {
            run_guarded(adopt_buffers, (uint64_t)device, 0);
        }
        if (device != NULL) __atomic_store_n(&device->pointer, pointer, __ATOMIC_RELEASE);
    }
    unlock(opening);
    return device;
}

struct device* device_of(const void* pointer) {
    if (pointer == NULL) return NULL;
    struct device* device = open_device(pointer);
    if (device != NULL || context.closes != 0) return device;  // a mesh that is being closed cannot be asked any more
    return open_now(pointer, NULL);
}

// ---- hooks -------------------------------------------------------------------------------------------------------

// MeshDeviceImpl::initialize_impl(this, MeshDevice*, ...). What else it is given is not looked at: an argument that the
// function does not use may hold anything.
void on_mesh_initialize(struct registers* r) { context.initializing_mesh = (const void*)r->argument[1]; }

// Inspector::mesh_device_initialized(const MeshDeviceImpl*): the mesh is ready to be asked.
void on_mesh_initialized(struct registers* r) {
    const void* mesh = context.initializing_mesh;
    context.initializing_mesh = NULL;
    if (mesh == NULL) return;
    if (open_device(mesh) == NULL) open_now(mesh, (const void*)r->argument[0]);
}

static void close_device(struct device* device) {
    forget_buffers(device);
    __atomic_store_n(&device->pointer, NULL, __ATOMIC_RELEASE);
    device->impl = NULL;
    device->process = 0;
}

static void close_mesh(struct device* mesh) {
    for (struct device* d = first_device(); d != NULL; d = d->next) {
        if (d->mesh != mesh || pointer_of(d) == NULL) continue;
        ttmem_close(d->place);
        close_device(d);
    }
    ttmem_close(mesh->place);
    release_traces(mesh);
    close_device(mesh);
}

bool close_begins(const void* allocator) {
    struct device* mesh = context.closing;
    if (mesh == NULL) return false;
    if (mesh->allocator == allocator && pointer_of(mesh) != NULL) close_mesh(mesh);
    return true;
}

// MeshDeviceImpl::close_impl(this, MeshDevice*), which comes twice, and throws while the mesh is in use: then it stays
// open. What it gives back it gives back without events.
void on_mesh_close(struct registers* r) {
    ++context.closes;
    context.closing = open_device((const void*)r->argument[1]);
}

void after_mesh_close(struct registers* r) {
    struct device* mesh = context.closing;
    context.closing = NULL;
    --context.closes;
    if (mesh != NULL && r->flag == 0 && pointer_of(mesh) == (const void*)r->argument[1]) close_mesh(mesh);
}

// Python is over: no line of the program will run, and what it holds is what the end releases. ttnn closes its meshes
// itself then in some versions, and in others after Python has freed every variable; here it is one close in all of
// them.
EXPORTED void ttmem_preload_python_ends(void);
void ttmem_preload_python_ends(void) {
    ++context.closes;  // what is freed from here on opens nothing again
    for (struct device* d = first_device(); d != NULL; d = d->next) {
        if (d->mesh == NULL && d->process == getpid() && pointer_of(d) != NULL) close_mesh(d);
    }
}

// While sub-devices are loaded, a bank of L1 is smaller by their local part.
static void capacity_changed(const struct registers* r) {
    struct device* mesh = open_device((const void*)r->argument[0]);
    if (mesh != NULL && r->flag == 0) register_chips(mesh);
}
void on_load_sub_devices(struct registers* r) { (void)r; }
void after_load_sub_devices(struct registers* r) { capacity_changed(r); }
void on_clear_sub_devices(struct registers* r) { (void)r; }
void after_clear_sub_devices(struct registers* r) { capacity_changed(r); }

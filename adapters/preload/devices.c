#include "adapters/preload/devices.h"

#include <errno.h>
#include <stdlib.h>

#include "adapters/preload/context.h"
#include "adapters/preload/runtime.h"

static struct device* devices;

struct device* first_device(void) {
    return __atomic_load_n(&devices, __ATOMIC_ACQUIRE);
}

const void* pointer_of(const struct device* device) { return __atomic_load_n(&device->pointer, __ATOMIC_ACQUIRE); }

struct device* take_device(void) {
    for (struct device* d = first_device(); d != NULL; d = d->next) {
        if (pointer_of(d) == NULL && d->process == 0) return d;
    }
    const int error = errno;
    struct device* made = calloc(1, sizeof *made);
    errno = error;
    if (made == NULL) return NULL;
    made->next = devices;
    __atomic_store_n(&devices, made, __ATOMIC_RELEASE);
    return made;
}

struct device* open_device(const void* pointer) {
    struct device* last = context.last_device;
    if (last != NULL && pointer != NULL && pointer_of(last) == pointer) return last;
    for (struct device* d = first_device(); d != NULL && pointer != NULL; d = d->next) {
        if (pointer_of(d) == pointer) return context.last_device = d;
    }
    return NULL;
}

struct device* mesh_with_chip(const void* pointer, uint32_t* chip) {
    for (struct device* d = first_device(); d != NULL; d = d->next) {
        if (pointer_of(d) == NULL || d->mesh != NULL) continue;
        for (*chip = 0; *chip < d->chip_count; (*chip)++) {
            if (d->chips[*chip] == pointer) return d;
        }
    }
    return NULL;
}

struct device* mesh_with(const void* pointer) {
    uint32_t chip;
    struct device* device = open_device(pointer);
    if (device == NULL) device = mesh_with_chip(pointer, &chip);
    return device != NULL && device->mesh != NULL ? device->mesh : device;
}

struct device* device_of_impl(const void* impl) {
    for (struct device* d = first_device(); d != NULL; d = d->next) {
        if (d->impl == impl && pointer_of(d) != NULL) return d;
    }
    if (runtime.mesh_impl_id == NULL) return NULL;
    const uint32_t number = (uint32_t)runtime.mesh_impl_id(impl);
    for (struct device* d = first_device(); d != NULL; d = d->next) {
        if (d->mesh == NULL && d->impl == NULL && d->number == number && pointer_of(d) != NULL) {
            d->impl = impl;
            return d;
        }
    }
    return NULL;
}

ttmem_place part_of_mesh(const struct device* mesh, const uint32_t first[2], const uint32_t last[2]) {
    if (mesh->rows == 0 || last[0] >= mesh->rows || last[1] >= mesh->columns) return mesh->place;
    const uint32_t count = (last[0] - first[0] + 1) * (last[1] - first[1] + 1);
    if (count >= mesh->chip_count || first[0] > last[0] || first[1] > last[1]) return mesh->place;
    uint64_t ids[count];
    uint32_t i = 0;
    for (uint32_t y = first[0]; y <= last[0]; y++) {
        for (uint32_t x = first[1]; x <= last[1]; x++) ids[i++] = mesh->chip_ids[y * mesh->columns + x];
    }
    const ttmem_place_info part = {.kind = TTMEM_PLACE_MESH_PART,
                                   .number = mesh->number,
                                   .parent = mesh->place,
                                   .chip_count = count,
                                   .chip_ids = ids};
    const ttmem_place place = ttmem_register_place(&part);
    return place != 0 ? place : mesh->place;
}

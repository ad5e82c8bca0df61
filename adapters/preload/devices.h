// The devices of tt-metal that are open: meshes, and chips of them that something is allocated on alone. A list, and
// looking things up in it; who opens and closes them is places.h.
#ifndef TTMEM_PRELOAD_DEVICES_H
#define TTMEM_PRELOAD_DEVICES_H

#include <stdbool.h>
#include <stdint.h>
#include <ttmem/ttmem.h>

struct device {
    const void* pointer;  // MeshDevice* or Device*; NULL: closed, and this record free
    const void* impl;     // MeshDeviceImpl*, where it was seen
    const void* allocator;
    struct device* mesh;  // of a chip
    struct device* next;
    ttmem_place place;
    uint32_t number;
    int process;  // that opened it: a forked child inherits it without what is allocated there
    bool given_up;

    // Of a mesh: its chips, in its own order, row by row.
    uint32_t chip_count, rows, columns;  // rows 0: of unknown shape
    uint64_t* chip_ids;
    uint32_t* logical_ids;
    const void** chips;

    uint32_t banks[TTMEM_POOLS];
    uint32_t alignment;  // what its allocator rounds to, a power of two

    // The comparison with the allocator's own sums (audit.h).
    int64_t difference;
    uint32_t seen_different;
};

// All devices that were ever open, newest first: records stay, and are used again.
struct device* first_device(void);

// The pointer of a device that another thread may open or close.
const void* pointer_of(const struct device* device);

// A record that nobody uses, its pointer still NULL; NULL: there is no memory. One thread takes at a time.
struct device* take_device(void);

// NULL unless it is open.
struct device* open_device(const void* pointer);

// The open mesh that has a chip with this Device*, and which of its chips that is. NULL: none.
struct device* mesh_with_chip(const void* pointer, uint32_t* chip);

// The open mesh that a MeshDevice* or a Device* of it names. NULL: none; nothing is opened.
struct device* mesh_with(const void* pointer);

// The open mesh of a MeshDeviceImpl*. NULL: it is none that is followed.
struct device* device_of_impl(const void* impl);

// The place of a part of a mesh: of its chips from the first row and column to the last.
ttmem_place part_of_mesh(const struct device* mesh, const uint32_t first[2], const uint32_t last[2]);

#endif

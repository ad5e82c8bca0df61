// The meshes and chips of tt-metal as places of ttmem.
//
// A mesh becomes one when it was initialized, and ends with its close. One that was never initialized is none. A mesh
// that was not seen to begin (a sub-mesh of some versions, a late attachment) begins with its first event. A chip of a
// mesh is a place of its own once something is allocated on it alone.
#ifndef TTMEM_PRELOAD_PLACES_H
#define TTMEM_PRELOAD_PLACES_H

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

bool places_begin(void);

// Of a pointer that a buffer, a plan or a call has. NULL: it is none that can be followed.
struct device* device_of(const void* pointer);

// Of a MeshDeviceImpl*, likewise.
struct device* device_of_impl(const void* impl);

// The open mesh that a MeshDevice* or a Device* of it names. NULL: none; nothing is opened.
struct device* mesh_with(const void* pointer);

// NULL unless it is open.
struct device* open_device(const void* pointer);

// The place of a part of a mesh: of its chips from row y0, column x0 to row y1, column x1.
ttmem_place part_of_mesh(const struct device* mesh, const uint32_t from[2], const uint32_t to[2]);

// All devices that were ever open, for whoever looks for one by something else.
struct device* first_device(void);

// A mesh that is being closed by this thread gives back all that this allocator holds. false: none is closed.
bool close_begins(const void* allocator);

#endif

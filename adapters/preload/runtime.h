// The tt-metal of this process, asked through its own functions. Who finds and judges it is following.h.
//
// Its functions may throw (unwinding.h) and take the allocator's mutex: never call them inside of allocate_buffer(),
// nor while a lock of this library is held.
#ifndef TTMEM_PRELOAD_RUNTIME_H
#define TTMEM_PRELOAD_RUNTIME_H

#include <string.h>

#include "adapters/preload/judge.h"
#include "adapters/preload/symbols.h"

struct grid {
    uint64_t x, y;
};

// std::optional<uint64_t>
struct optional_address {
    uint64_t value;
    uint8_t has_value;
};

// What an allocator says of a pool, of each bank.
struct statistics {
    uint64_t bank_bytes, allocated, free, largest;
};
struct all_statistics {
    struct statistics figures;
    void* addresses;  // a std::vector, to be given back
    void* rest[8];
};

// How a std::vector lies in memory.
struct vector {
    const char *begin, *end, *capacity;
};

// std::unordered_set<Buffer*>.
struct buffer_node {
    struct buffer_node* next;
    const void* buffer;
};
struct buffer_set {
    void** buckets;
    size_t bucket_count;
    struct buffer_node* first;
    size_t count;
    uint64_t policy[2];
    void* single_bucket;
    uint64_t room[4];
};

struct runtime {
    struct judgement judgement;
    bool adopts;  // attached late: what a mesh holds already is taken over when it is first seen
#define X(field, result, arguments, symbol) result(*field) arguments;
    ASKED(X)
#undef X
};
extern struct runtime runtime;

// Takes tt-metal's functions, and the originals of the hooks, out of its library.
void take_functions(void* library);

// ---- a buffer ----------------------------------------------------------------------------------------------------

static inline const void* buffer_device(const void* buffer) {
    const void* device;
    if (!runtime.judgement.members) return runtime.buffer_device(buffer);
    memcpy(&device, (const char*)buffer + MEMBER_DEVICE, sizeof device);
    return device;
}

static inline uint64_t buffer_size(const void* buffer) {
    uint64_t size;
    if (!runtime.judgement.members) return runtime.buffer_size(buffer);
    memcpy(&size, (const char*)buffer + MEMBER_SIZE, sizeof size);
    return size;
}

// tt-metal's BufferType, which has four bytes.
static inline uint32_t buffer_type(const void* buffer) {
    uint32_t type;
    if (!runtime.judgement.members) return runtime.buffer_type(buffer);
    memcpy(&type, (const char*)buffer + MEMBER_TYPE, sizeof type);
    return type;
}

// 0: not known.
static inline uint64_t buffer_unique_id(const void* buffer) {
    uint64_t id = 0;
    if (!runtime.judgement.members) return runtime.buffer_unique_id(buffer);
    if (runtime.judgement.unique_id_offset != 0) {
        memcpy(&id, (const char*)buffer + runtime.judgement.unique_id_offset, sizeof id);
    }
    return id < UINT64_C(1) << 48 ? id : 0;
}

// ---- an allocator --------------------------------------------------------------------------------------------------

// What an allocator says of a pool. Takes its mutex.
struct statistics read_statistics(const void* allocator, uint32_t pool);

#endif

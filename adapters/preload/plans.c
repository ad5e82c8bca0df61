#include "adapters/preload/plans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/preload/context.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/programs.h"
#include "adapters/preload/symbols.h"

enum { kMostBuffers = 64, kMostRanges = 256, kLargestCore = 255 };

// How CoreRange lies in memory: two pairs of size_t, both ends included.
struct core_range {
    uint64_t x0, y0, x1, y1;
};

static void* larger(void* old, uint32_t* capacity, uint32_t needed, size_t size) {
    if (needed <= *capacity) return old;
    const int error = errno;
    const uint32_t wanted = needed * 2;
    void* made = realloc(old, wanted * size);
    errno = error;
    if (made != NULL) *capacity = wanted;
    return made;
}

static bool add_ranges(struct plan_of_kind* list, const struct core_range* first, uint32_t count) {
    void* ranges = larger(list->ranges, &list->range_capacity, list->range_count + count, sizeof *list->ranges);
    if (ranges == NULL) return false;
    list->ranges = ranges;
    for (uint32_t i = 0; i < count; i++) {
        const struct core_range* r = &first[i];
        if (r->x0 > kLargestCore || r->y0 > kLargestCore || r->x1 > kLargestCore || r->y1 > kLargestCore) return false;
        list->ranges[list->range_count + i] =
            (ttmem_core_range){(uint8_t)r->x0, (uint8_t)r->y0, (uint8_t)r->x1, (uint8_t)r->y1};
    }
    list->range_count += count;
    return true;
}

static bool add(struct plan_of_kind* list, struct planned_buffer buffer, const struct core_range* first, size_t count) {
    if (list->count >= kMostBuffers || count > kMostRanges) return false;
    void* buffers = larger(list->buffers, &list->capacity, list->count + 1, sizeof *list->buffers);
    if (buffers == NULL) return false;
    list->buffers = buffers;
    buffer.first_range = list->range_count;
    buffer.range_count = (uint32_t)count;
    if (!add_ranges(list, first, (uint32_t)count)) return false;
    list->buffers[list->count++] = buffer;
    return true;
}

static bool are_apart(const struct core_range* a, const ttmem_core_range* b) {
    return a->x1 < b->x0 || b->x1 < a->x0 || a->y1 < b->y0 || b->y1 < a->y0;
}

// A dataflow buffer is told of range by range, in a row and with one address: on more cores it is the same buffer.
static bool continues(const struct plan_of_kind* list, const struct planned_buffer* buffer,
                      const struct core_range* range) {
    const struct planned_buffer* last = list->count != 0 ? &list->buffers[list->count - 1] : NULL;
    if (last == NULL || last->address != buffer->address || last->bytes != buffer->bytes) return false;
    for (uint32_t i = 0; i < last->range_count; i++) {
        if (!are_apart(range, &list->ranges[last->first_range + i])) return false;
    }
    return last->range_count < kMostRanges;
}

// One buffer of the plan that this thread makes.
static void plan(enum plan_list kind, struct planned_buffer buffer, const void* device, const struct core_range* first,
                 size_t count) {
    struct program* program = context.planning;
    if (program == NULL) return;
    struct plan_of_kind* list = &program->plan.lists[kind];
    if ((context.fresh_plan & 1u << kind) != 0) {
        context.fresh_plan &= (uint8_t) ~(1u << kind);
        list->count = list->range_count = 0;
        list->device = device;
        program->plan.is_told = program->plan.is_cut = false;
    }
    if (device != list->device) return;
    if (kind == LIST_DATAFLOW && continues(list, &buffer, first)) {
        if (add_ranges(list, first, 1)) {
            list->buffers[list->count - 1].range_count++;
        } else {
            program->plan.is_cut = true;
        }
        return;
    }
    if (!add(list, buffer, first, count)) program->plan.is_cut = true;
}

static void begin(const void* impl, enum plan_list kind) {
    context.planning = program_of(impl);
    context.fresh_plan |= (uint8_t)(1u << kind);
}

void tell_plan(struct program* program, ttmem_place place) {
    struct plan* plan = &program->plan;
    if (plan->is_told) return;
    static const uint8_t kFlags[LIST_COUNT] = {0, TTMEM_CB_DATAFLOW, TTMEM_CB_SCRATCHPAD};
    ttmem_circular_buffer told[kMostBuffers];
    uint32_t count = 0;
    for (int kind = 0; kind < LIST_COUNT; kind++) {
        const struct plan_of_kind* list = &plan->lists[kind];
        for (uint32_t i = 0; i < list->count; i++) {
            if (count == kMostBuffers) {
                plan->is_cut = true;
                break;
            }
            const struct planned_buffer* b = &list->buffers[i];
            told[count] = (ttmem_circular_buffer){.index = (uint8_t)count,
                                                  .flags = b->flags | kFlags[kind],
                                                  .range_count = (uint16_t)b->range_count,
                                                  .address = b->address,
                                                  .bytes = b->bytes,
                                                  .ranges = list->ranges + b->first_range};
            count++;
        }
    }
    if (plan->is_cut) note_incomplete("a program has more circular buffers, or in more places, than can be recorded");
    ttmem_program_planned(program->handle, place, told, count);
    plan->is_told = true;
}

uint64_t end_of_plan(const struct plan* plan) {
    uint64_t end = 0;
    for (int kind = 0; kind < LIST_COUNT; kind++) {
        for (uint32_t i = 0; i < plan->lists[kind].count; i++) {
            const struct planned_buffer* b = &plan->lists[kind].buffers[i];
            if ((b->flags & TTMEM_CB_ALIASED) == 0 && b->address + b->bytes > end) end = b->address + b->bytes;
        }
    }
    return end;
}

void free_plan(struct plan* plan) {
    for (int kind = 0; kind < LIST_COUNT; kind++) {
        free(plan->lists[kind].buffers);
        free(plan->lists[kind].ranges);
    }
}

// ---- hooks -------------------------------------------------------------------------------------------------------

// ProgramImpl::allocate_circular_buffers(this, const IDevice*) and its like: what follows on this thread is planned for
// this program.
void on_plan_circular_buffers(struct registers* r) { begin((const void*)r->argument[0], LIST_CIRCULAR); }
void on_plan_dataflow_buffers(struct registers* r) { begin((const void*)r->argument[0], LIST_DATAFLOW); }
void on_plan_scratchpads(struct registers* r) { begin((const void*)r->argument[0], LIST_SCRATCHPAD); }

// A CoreRangeSet begins with its std::vector<CoreRange>.
static const struct core_range* ranges_of(uint64_t set, size_t* count) {
    const struct core_range *first, *end;
    memcpy(&first, (const char*)set, sizeof first);
    memcpy(&end, (const char*)set + sizeof first, sizeof end);
    *count = (size_t)(end - first);
    return first;
}

// GraphTracker::track_allocate_cb(this, const CoreRangeSet&, address, bytes, is_globally_allocated, const IDevice*).
void on_circular_buffer(struct registers* r) {
    size_t count;
    const struct core_range* first = ranges_of(r->argument[1], &count);
    const struct planned_buffer buffer = {.address = r->argument[2],
                                          .bytes = r->argument[3],
                                          .flags = (r->argument[4] & 0xff) != 0 ? TTMEM_CB_ALIASED : 0};
    plan(LIST_CIRCULAR, buffer, (const void*)r->argument[5], first, count);
}

// GraphTracker::track_allocate_scratchpad(this, const CoreRangeSet&, address, bytes, const IDevice*).
void on_scratchpad(struct registers* r) {
    size_t count;
    const struct core_range* first = ranges_of(r->argument[1], &count);
    const struct planned_buffer buffer = {.address = r->argument[2], .bytes = r->argument[3]};
    plan(LIST_SCRATCHPAD, buffer, (const void*)r->argument[4], first, count);
}

// ProgramImpl::CircularBufferAllocator::mark_address(this, address, bytes, base): the allocator begins with its range
// of cores. Only dataflow buffers come this way, and no aliased one.
void on_dataflow_address(struct registers* r) {
    const struct planned_buffer buffer = {.address = r->argument[1], .bytes = r->argument[2]};
    plan(LIST_DATAFLOW, buffer, NULL, (const struct core_range*)r->argument[0], 1);
}

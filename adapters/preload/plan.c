#include "adapters/preload/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/preload/notes.h"

enum { kMostBuffers = 64, kMostRanges = 256, kLargestCore = 255 };

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

// A dataflow buffer or scratchpad is told of range by range, in a row and with one address: on more cores it is the
// same buffer.
static bool continues(const struct plan_of_kind* list, const struct planned_buffer* buffer,
                      const struct core_range* range) {
    const struct planned_buffer* last = list->count != 0 ? &list->buffers[list->count - 1] : NULL;
    if (last == NULL || last->address != buffer->address || last->bytes != buffer->bytes) return false;
    for (uint32_t i = 0; i < last->range_count; i++) {
        if (!are_apart(range, &list->ranges[last->first_range + i])) return false;
    }
    return last->range_count < kMostRanges;
}

void plan_buffer(struct plan* plan, enum plan_list kind, struct planned_buffer buffer, const struct core_range* first,
                 size_t count) {
    struct plan_of_kind* list = &plan->lists[kind];
    if (kind != LIST_CIRCULAR && count == 1 && continues(list, &buffer, first)) {
        if (add_ranges(list, first, 1)) {
            list->buffers[list->count - 1].range_count++;
        } else {
            plan->is_cut = true;
        }
        return;
    }
    if (!add(list, buffer, first, count)) plan->is_cut = true;
}

static bool is_range(const ttmem_core_range* a, const struct core_range* b) {
    return a->x0 == b->x0 && a->y0 == b->y0 && a->x1 == b->x1 && a->y1 == b->y1;
}

static uint64_t end_of_list(const struct plan_of_kind* list, const struct core_range* cores) {
    uint64_t end = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct planned_buffer* b = &list->buffers[i];
        for (uint32_t r = 0; r < b->range_count; r++) {
            if (is_range(&list->ranges[b->first_range + r], cores) && b->address + b->bytes > end)
                end = b->address + b->bytes;
        }
    }
    return end;
}

void plan_region(struct plan* plan, const struct core_range* cores, uint64_t begin, uint64_t end) {
    const uint64_t known = end_of_list(&plan->lists[LIST_DATAFLOW], cores);
    if (end <= known) return;
    const uint64_t address = begin > known ? begin : known;
    const struct planned_buffer buffer = {.address = address, .bytes = end - address};
    if (buffer.bytes != 0) plan_buffer(plan, LIST_SCRATCHPAD, buffer, cores, 1);
}

void begin_list(struct plan* plan, enum plan_list kind, const void* device) {
    struct plan_of_kind* list = &plan->lists[kind];
    list->count = list->range_count = 0;
    list->device = device;
    plan->is_told = plan->is_cut = false;
}

void tell_plan(struct plan* plan, ttmem_handle program, ttmem_place place) {
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
    ttmem_program_planned(program, place, told, count);
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

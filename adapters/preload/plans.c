// The calls in which tt-metal plans a program's buffers in L1 (plan.h).
#include <string.h>

#include "adapters/preload/context.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/plan.h"
#include "adapters/preload/programs.h"
#include "adapters/preload/runtime.h"
#include "adapters/preload/symbols.h"

// One buffer of the plan that this thread makes.
static void plan(enum plan_list kind, struct planned_buffer buffer, const void* device, const struct core_range* first,
                 size_t count) {
    struct program* program = context.planning;
    if (program == NULL) return;
    if ((context.fresh_plan & 1u << kind) != 0) {
        context.fresh_plan &= (uint8_t) ~(1u << kind);
        begin_list(&program->plan, kind, device);
    }
    if (device == program->plan.lists[kind].device) plan_buffer(&program->plan, kind, buffer, first, count);
}

static void begin(const void* impl, enum plan_list kind) {
    context.planning = program_of(impl);
    context.fresh_plan |= (uint8_t)(1u << kind);
}

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

// ProgramImpl::CircularBufferAllocator: a range of cores, and what was marked as taken there, in the order of
// addresses.
struct region_allocator {
    struct core_range cores;
    const struct region { uint64_t begin, end; } * first, *end, *capacity;
};

_Static_assert(sizeof(struct region_allocator) == 56, "judge.c looks for this size");

static bool read_regions(struct plan* plan, const struct vector* allocators) {
    enum { kMost = 4096 };
    const struct region_allocator* a = (const void*)allocators->begin;
    const struct region_allocator* end = (const void*)allocators->end;
    if (a > end || end - a > kMost) return false;
    for (; a < end; a++) {
        if (a->first > a->end || a->end - a->first > kMost) return false;
        for (const struct region* r = a->first; r < a->end; r++) plan_region(plan, &a->cores, r->begin, r->end);
    }
    return true;
}

// ProgramImpl::validate_dataflow_buffer_region(this, const IDevice*). Scratchpads are marked behind dataflow buffers by
// code that calls no one, so they are read out of what it marked, when all is planned.
void on_validate_dataflow_buffers(struct registers* r) {
    if (runtime.judgement.regions_offset == 0) return;
    struct program* program = program_of((const void*)r->argument[0]);
    if (program == NULL || program->plan.is_told) return;
    if (program->plan.lists[LIST_SCRATCHPAD].device != NULL) return;  // told of
    struct vector allocators;
    memcpy(&allocators, (const char*)r->argument[0] + runtime.judgement.regions_offset, sizeof allocators);
    begin_list(&program->plan, LIST_SCRATCHPAD, NULL);
    if (!read_regions(&program->plan, &allocators))
        note_incomplete("scratchpads of a program lie where this tt-metal is not known to keep them");
}

// PersistentL1Arena::allocate(this, const CoreRangeSet&, bytes, alignment): L1 under all programs, beside the
// allocators.
void on_persistent_l1(struct registers* r) {
    (void)r;
    note_incomplete("persistent L1, which services keep under all programs, is not tracked");
}

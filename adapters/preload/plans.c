// The calls in which tt-metal plans a program's buffers in L1 (plan.h).
#include <string.h>

#include "adapters/preload/context.h"
#include "adapters/preload/plan.h"
#include "adapters/preload/programs.h"
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

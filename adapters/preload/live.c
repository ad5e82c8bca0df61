#include "adapters/preload/live.h"

#include <stdio.h>
#include <string.h>

#include "adapters/preload/context.h"
#include "adapters/preload/live_state.h"
#include "adapters/preload/marks.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/python_stack.h"
#include "adapters/preload/runtime.h"
#include "adapters/preload/table.h"
#include "adapters/preload/traces.h"

static struct table buffers;

// What an entry's values are.
enum { VALUE_HANDLE, VALUE_ALLOCATOR, VALUE_DEVICE, VALUE_SHAPE };

// Pool, banks and bytes per bank in one word: 8, 16 and 40 bits.
static uint64_t shape_of(const ttmem_allocation* a) {
    return (uint64_t)a->pool << 56 | (uint64_t)a->banks << 40 | (a->bytes_per_bank & ((UINT64_C(1) << 40) - 1));
}
static uint32_t pool_in(const struct entry* entry) { return (uint32_t)(entry->value[VALUE_SHAPE] >> 56); }
static uint64_t bytes_per_bank_in(const struct entry* entry) {
    return entry->value[VALUE_SHAPE] & ((UINT64_C(1) << 40) - 1);
}
static uint64_t banks_in(const struct entry* entry) { return entry->value[VALUE_SHAPE] >> 40 & 0xffff; }

bool live_begin(void) {
    if (!table_begin(&buffers) || !marks_begin()) return false;
    live_state_begin();
    return true;
}

static void count_untracked(const struct device* device, const ttmem_allocation* a) {
    ttmem_count_untracked(device->place, a->pool, a->requested_bytes);
    not_recorded();
}

static void taken(const struct entry* entry) {
    const uint64_t handle = entry->value[VALUE_HANDLE];
    now_live(handle);
    if (handle == 0) not_recorded();
    count_taken((const struct device*)entry->value[VALUE_DEVICE], pool_in(entry),
                banks_in(entry) * bytes_per_bank_in(entry));
}

static void given_back(const struct entry* entry) {
    live_no_more(entry->value[VALUE_HANDLE]);
    count_given_back((const struct device*)entry->value[VALUE_DEVICE], pool_in(entry),
                     banks_in(entry) * bytes_per_bank_in(entry));
}

uint64_t buffer_changes(void) { return table_changes(&buffers); }

static uint8_t kind_of(void) {
    if (context.kind != TTMEM_CLASS_UNKNOWN) return context.kind;
    return context.depth != 0 ? TTMEM_CLASS_TENSOR : TTMEM_CLASS_UNKNOWN;
}

// The banks that hold data: a shard's cores, or as many as there are pages.
static uint16_t data_banks_of(const void* buffer, uint32_t banks) {
    const uint64_t cores = runtime.buffer_cores(buffer);  // std::optional<uint32_t>: the value, then whether it has one
    const uint32_t data = (cores >> 32 & 0xff) != 0 ? (uint32_t)cores : runtime.buffer_pages(buffer);
    return (uint16_t)(data < banks ? data : banks);
}

static void describe(ttmem_allocation* a, const struct device* device, const void* allocator, const void* buffer) {
    const uint32_t type = buffer_type(buffer);
    a->place = device->place;
    a->pool = (uint8_t)type;
    a->address = runtime.buffer_address(buffer);
    a->requested_bytes = buffer_size(buffer);
    // The allocator rounds up to its DRAM alignment, in L1 too, and takes that much where a bank needs nothing.
    const uint64_t per_bank = runtime.buffer_per_bank(buffer), mask = device->alignment - 1;
    a->bytes_per_bank = ((per_bank == 0 ? 1 : per_bank) + mask) & ~mask;
    const uint32_t banks = device->mesh == NULL && allocator == device->allocator && type < TTMEM_POOLS
                               ? device->banks[type]
                               : runtime.allocator_banks(allocator, &type);
    a->data_banks = data_banks_of(buffer, banks);
    // Per-core memory is taken from the banks of its cores alone.
    const bool per_core =
        device->mesh != NULL && runtime.buffer_is_per_core != NULL && runtime.buffer_is_per_core(buffer);
    a->banks = per_core ? a->data_banks : (uint16_t)banks;
    a->page_bytes = (uint32_t)runtime.buffer_page_size(buffer);
    a->unique_id = buffer_unique_id(buffer);
}

static bool keep_unless_device(struct entry* entry, void* device) {
    if (entry->value[VALUE_DEVICE] != (uint64_t)device) return true;
    given_back(entry);
    return false;
}

void forget_buffers(const struct device* device) { table_visit(&buffers, keep_unless_device, (void*)device); }

void give_up(struct device* device, const char* why) {
    char text[256];
    if (__atomic_exchange_n(&device->given_up, true, __ATOMIC_RELAXED)) return;
    snprintf(text, sizeof text, "mesh %u is not tracked any more: %.200s", device->number, why);
    note_incomplete(text);
    forget_buffers(device);
    ttmem_close(device->place);
}

// Members are believed for as long as they agree with the accessors.
static bool is_consistent(const void* buffer, const ttmem_allocation* a) {
    if (!runtime.judgement.members || a->page_bytes == 0) return true;
    return (uint64_t)runtime.buffer_pages(buffer) * a->page_bytes == a->requested_bytes;
}

// ttnn runs most of an operation without Python's lock: then it is known where the operation was called.
static ttmem_handle record(const ttmem_allocation* a) {
    if (ttmem_get_level() != TTMEM_LEVEL_STACKS || context.adopts) return ttmem_record_alloc(a);
    ttmem_stack stack = ttmem_preload_stack();
    if (stack == 0 && context.depth != 0) stack = context.call_stack;
    return stack == 0 ? ttmem_record_alloc(a) : record_with_stack(a, stack);
}

void record_buffer(struct device* device, const void* allocator, const void* buffer) {
    ttmem_allocation a = {.kind = kind_of(), .holder = context.holder};
    describe(&a, device, allocator, buffer);
    if (device->given_up || !is_consistent(buffer, &a)) {
        if (!device->given_up) give_up(device, "the sizes of its buffers do not lie where they should");
        count_untracked(device, &a);
        return;
    }
    struct entry entry = {buffer, {record(&a), (uint64_t)allocator, (uint64_t)device, shape_of(&a)}};
    struct entry replaced;
    taken(&entry);  // before another thread can give it back
    if (!table_put(&buffers, &entry, &replaced)) {
        ttmem_record_free(entry.value[VALUE_HANDLE]);
        given_back(&entry);
        count_untracked(device, &a);
        return;
    }
    if (replaced.key != NULL) {
        ttmem_record_free(replaced.value[VALUE_HANDLE]);
        given_back(&replaced);
    }
    if (a.kind == TTMEM_CLASS_TRACE) trace_buffer_allocated(a.holder, buffer);
}

void free_buffer(const void* buffer) {
    struct entry entry;
    if (!table_take(&buffers, buffer, &entry)) return;
    ttmem_record_free(entry.value[VALUE_HANDLE]);
    given_back(&entry);
    if (pool_in(&entry) == TTMEM_POOL_TRACE) trace_buffer_freed(buffer);
}

static bool keep_unless_allocator(struct entry* entry, void* allocator) {
    if (entry->value[VALUE_ALLOCATOR] != (uint64_t)allocator) return true;
    ttmem_record_free(entry->value[VALUE_HANDLE]);
    given_back(entry);
    return false;
}

void free_all_buffers(const void* allocator) { table_visit(&buffers, keep_unless_allocator, (void*)allocator); }

struct sums {
    const struct device* device;
    uint64_t* bytes;
    uint64_t count;
};

static bool add(struct entry* entry, void* user) {
    struct sums* sums = user;
    const uint32_t pool = pool_in(entry);
    sums->count++;
    if (entry->value[VALUE_ALLOCATOR] == (uint64_t)sums->device->allocator && pool < TTMEM_POOLS) {
        sums->bytes[pool] += bytes_per_bank_in(entry);
    }
    return true;
}

void live_per_bank(const struct device* device, uint64_t bytes[TTMEM_POOLS], uint64_t* count) {
    struct sums sums = {device, bytes, 0};
    memset(bytes, 0, TTMEM_POOLS * sizeof *bytes);
    table_visit(&buffers, add, &sums);
    *count = sums.count;
}

// AllocatorImpl::get_allocated_buffers() returns a std::unordered_set<Buffer*> by value.
void adopt_buffers(struct registers* r) {
    struct device* device = (struct device*)r->argument[0];
    if (runtime.allocator_buffers == NULL || runtime.operator_delete == NULL) {
        note_incomplete("what was allocated before ttmem was attached cannot be asked of this tt-metal");
        return;
    }
    struct buffer_set set = {0};
    call_returning(&set, runtime.allocator_buffers, device->allocator, NULL);
    const uint8_t kind = context.kind;
    context.kind = TTMEM_CLASS_UNKNOWN;
    ttmem_op_begin(ttmem_intern("before ttmem was attached"));
    const uint32_t depth = context.depth;
    context.depth = 0;
    context.adopts = true;
    for (struct buffer_node *node = set.first, *next; node != NULL; node = next) {
        next = node->next;
        // One that is only asked for so far comes with its own event.
        if (runtime.buffer_is_allocated(node->buffer)) record_buffer(device, device->allocator, node->buffer);
        runtime.operator_delete(node);
    }
    context.adopts = false;
    context.depth = depth;
    ttmem_op_end();
    context.kind = kind;
    if (set.bucket_count > 1) runtime.operator_delete(set.buckets);  // a single one is within the set
    if (set.count == 0) return;
    note(
        "ttmem was attached when a device was in use: operations of what lived then, what was freed before, and peaks "
        "until "
        "then, are not known");
}

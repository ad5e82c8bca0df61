#include "adapters/preload/programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/preload/context.h"
#include "adapters/preload/devices.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/runtime.h"
#include "adapters/preload/table.h"

static struct table programs;   // ProgramImpl* -> struct program*
static struct table workloads;  // MeshWorkloadImpl* -> the first struct program* of it

bool programs_begin(void) { return table_begin(&programs) && table_begin(&workloads); }

struct program* program_of(const void* impl) {
    struct entry entry;
    return table_get(&programs, impl, &entry) ? (struct program*)entry.value[0] : NULL;
}

// Inspector::program_created(const ProgramImpl*).
void on_program_created(struct registers* r) {
    if (!runtime.judgement.programs) return;
    const int error = errno;
    struct program* program = calloc(1, sizeof *program);
    errno = error;
    if (program == NULL) return;
    program->impl = (const void*)r->argument[0];
    program->operation = current_operation();
    program->id = runtime.program_id(program->impl);
    const struct entry entry = {program->impl, {(uint64_t)program}};
    struct entry replaced;
    if (!table_put(&programs, &entry, &replaced)) free(program);
}

// Links the program `user` to the workload, or takes it away.
static bool link_program(struct entry* entry, void* user) {
    struct program* program = user;
    program->next = (struct program*)entry->value[0];
    entry->value[0] = (uint64_t)program;
    return true;
}

static bool unlink_program(struct entry* entry, void* user) {
    for (struct program *p = (struct program*)entry->value[0], *previous = NULL; p != NULL; previous = p, p = p->next) {
        if (p != user) continue;
        if (previous != NULL) {
            previous->next = p->next;
        } else {
            entry->value[0] = (uint64_t)p->next;
        }
        break;
    }
    return entry->value[0] != 0;
}

// A MeshCoordinate begins with a small vector: where its values are, and how many.
static bool read_coordinate(const void* coordinate, uint32_t values[2]) {
    struct {
        const uint32_t* values;
        uint32_t count;
    } vector;
    memcpy(&vector, coordinate, sizeof vector);
    if (vector.count != 2) return false;
    memcpy(values, vector.values, 2 * sizeof *values);
    return true;
}

// MeshWorkloadImpl::add_program(this, const MeshCoordinateRange&, Program&&); a Program is a pointer to its
// ProgramImpl.
void on_add_program(struct registers* r) {
    struct program* program = program_of(*(const void* const*)r->argument[2]);
    if (program == NULL || program->workload != NULL) return;
    program->workload = (const void*)r->argument[0];
    table_change(&workloads, program->workload, link_program, program);
    if (runtime.range_start == NULL || runtime.range_end == NULL) return;
    program->has_range = read_coordinate(runtime.range_start((const void*)r->argument[1]), program->first) &&
                         read_coordinate(runtime.range_end((const void*)r->argument[1]), program->last);
}

// Inspector::program_destroyed(const ProgramImpl*).
void on_program_destroyed(struct registers* r) {
    struct entry entry;
    if (!table_take(&programs, (const void*)r->argument[0], &entry)) return;
    struct program* program = (struct program*)entry.value[0];
    if (program->workload != NULL) table_change(&workloads, program->workload, unlink_program, program);
    if (context.planning == program) context.planning = NULL;
    if (program->handle != 0) {
        ttmem_program_cbs_freed(program->handle);
        ttmem_program_destroyed(program->handle);
    }
    free_plan(&program->plan);
    free(program);
}

// ProgramImpl::deallocate_circular_buffers(this).
void on_free_circular_buffers(struct registers* r) {
    struct program* program = program_of((const void*)r->argument[0]);
    if (program == NULL || program->handle == 0) return;
    ttmem_program_cbs_freed(program->handle);
    program->plan.is_told = false;
}

// ---- launches ----------------------------------------------------------------------------------------------------

static ttmem_text name_of(const struct program* program) {
    char name[32];
    if (program->operation != 0) return program->operation;
    snprintf(name, sizeof name, "program %llu", (unsigned long long)program->id);
    return ttmem_intern(name);
}

static void prepare(struct program* program, const struct device* mesh) {
    if (program->handle == 0) program->handle = ttmem_program_created(name_of(program), program->id);
    if (program->placed_on != mesh->pointer || program->place == 0) {
        program->placed_on = mesh->pointer;
        program->place = program->has_range ? part_of_mesh(mesh, program->first, program->last) : mesh->place;
        program->plan.is_told = false;
    }
    tell_plan(&program->plan, program->handle, program->place);
}

static bool prepare_all(struct entry* entry, void* user) {
    for (struct program* p = (struct program*)entry->value[0]; p != NULL; p = p->next) prepare(p, user);
    context.holder = entry->value[0] != 0 ? ((struct program*)entry->value[0])->handle : 0;
    return entry->value[0] != 0;
}

static bool dispatch_all(struct entry* entry, void* user) {
    (void)user;
    for (struct program* p = (struct program*)entry->value[0]; p != NULL; p = p->next) {
        ttmem_program_dispatched(p->handle, p->place);
    }
    return entry->value[0] != 0;
}

// A MeshCommandQueue holds its MeshDevice* among its first members.
static struct device* device_of_queue(const void* queue) {
    const void* words[6];
    memcpy(words, queue, sizeof words);
    for (size_t i = 1; i < sizeof words / sizeof *words; i++) {
        struct device* device = open_device(words[i]);
        if (device != NULL) return device;
    }
    return NULL;
}

// MeshWorkloadImpl::load_binaries(this, MeshCommandQueue&), in every launch: plans are made by now, and the binaries
// that are loaded in it belong to the workload's programs.
void on_load_binaries(struct registers* r) {
    struct device* mesh = device_of_queue((const void*)r->argument[1]);
    if (mesh == NULL || mesh->given_up || !runtime.judgement.programs) return;
    table_change(&workloads, (const void*)r->argument[0], prepare_all, mesh);
    if (context.holder != 0) context.kind = TTMEM_CLASS_PROGRAM;
}

void after_load_binaries(struct registers* r) {
    const bool launched = context.kind == TTMEM_CLASS_PROGRAM && r->flag == 0;
    context.holder = 0;
    context.kind = TTMEM_CLASS_UNKNOWN;
    if (launched) table_change(&workloads, (const void*)r->argument[0], dispatch_all, NULL);
}

// SDMeshCommandQueue::enqueue_mesh_workload(this, MeshWorkload&, blocking): slow dispatch, without binaries in memory.
// A MeshWorkload is a pointer to its MeshWorkloadImpl; plans are made inside.
void on_slow_launch(struct registers* r) { (void)r; }

void after_slow_launch(struct registers* r) {
    struct device* mesh = device_of_queue((const void*)r->argument[0]);
    if (r->flag != 0 || mesh == NULL || mesh->given_up || !runtime.judgement.programs) return;
    const void* workload = *(const void* const*)r->argument[1];
    table_change(&workloads, workload, prepare_all, mesh);
    context.holder = 0;
    table_change(&workloads, workload, dispatch_all, NULL);
}

static void cache_cleared(const struct registers* r) {
    const struct device* mesh = open_device((const void*)r->argument[0]);
    if (mesh != NULL) ttmem_program_cache_cleared(mesh->place);
}
void on_clear_cache(struct registers* r) { cache_cleared(r); }
void on_disable_cache(struct registers* r) { cache_cleared(r); }

// ---- the runtime's own -------------------------------------------------------------------------------------------

// Global semaphores and global circular buffers are buffers; what a constructor of theirs allocates is the runtime's.
#define OWN(id)                                                                      \
    void on_##id(struct registers* r) {                                              \
        (void)r;                                                                     \
        if (context.kind == TTMEM_CLASS_UNKNOWN) context.kind = TTMEM_CLASS_RUNTIME; \
    }                                                                                \
    void after_##id(struct registers* r) {                                           \
        (void)r;                                                                     \
        if (context.kind == TTMEM_CLASS_RUNTIME) context.kind = TTMEM_CLASS_UNKNOWN; \
    }
OWN(semaphore_66)
OWN(semaphore_66_moved)
OWN(semaphore_81)
OWN(global_buffers_66)
OWN(global_buffers_81)

#include "adapters/preload/traces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/preload/context.h"
#include "adapters/preload/devices.h"
#include "adapters/preload/forks.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/runtime.h"

// Traces are few, and neither captured nor replayed often: a list.
struct trace {
    struct trace* next;
    const struct device* mesh;
    uint32_t number;
    ttmem_handle handle;
    const void* buffer;
};

// In wiped memory: a forked child has no traces.
static struct traces {
    uint32_t lock;
    struct trace* first;
} * traces;

bool traces_begin(void) {
    if (traces == NULL) traces = wiped_memory(sizeof *traces);
    return traces != NULL;
}

static struct device* mesh_of(const struct registers* r) {
    return runtime.judgement.traces ? device_of_impl((const void*)r->argument[0]) : NULL;
}

static ttmem_handle find(const struct device* mesh, uint32_t number) {
    ttmem_handle handle = 0;
    lock(&traces->lock);
    for (const struct trace* t = traces->first; t != NULL && handle == 0; t = t->next) {
        if (t->mesh == mesh && t->number == number) handle = t->handle;
    }
    unlock(&traces->lock);
    return handle;
}

static void keep(const struct device* mesh, uint32_t number, ttmem_handle handle) {
    const int error = errno;
    struct trace* trace = malloc(sizeof *trace);
    errno = error;
    if (trace == NULL) return;
    *trace = (struct trace){.mesh = mesh, .number = number, .handle = handle};
    lock(&traces->lock);
    trace->next = traces->first;
    traces->first = trace;
    unlock(&traces->lock);
}

// Takes one trace of the mesh out: with this number, or any.
static struct trace* take(const struct device* mesh, bool any, uint32_t number) {
    struct trace* taken = NULL;
    lock(&traces->lock);
    for (struct trace** t = &traces->first; *t != NULL; t = &(*t)->next) {
        if ((*t)->mesh != mesh || !(any || (*t)->number == number)) continue;
        taken = *t;
        *t = taken->next;
        break;
    }
    unlock(&traces->lock);
    return taken;
}

static bool release(const struct device* mesh, bool any, uint32_t number) {
    struct trace* trace = take(mesh, any, number);
    if (trace == NULL) return false;
    ttmem_trace_released(trace->handle);
    free(trace);
    return true;
}

void release_traces(const struct device* mesh) {
    while (release(mesh, true, 0)) continue;
}

void trace_buffer_allocated(ttmem_handle handle, const void* buffer) {
    lock(&traces->lock);
    for (struct trace* t = traces->first; t != NULL; t = t->next) {
        if (t->handle == handle) t->buffer = buffer;
    }
    unlock(&traces->lock);
}

// Before 0.71 the release itself cannot be seen.
void trace_buffer_freed(const void* buffer) {
    const struct device* mesh = NULL;
    uint32_t number = 0;
    lock(&traces->lock);
    for (const struct trace* t = traces->first; t != NULL; t = t->next) {
        if (t->buffer != buffer) continue;
        mesh = t->mesh;
        number = t->number;
    }
    unlock(&traces->lock);
    if (mesh != NULL) release(mesh, false, number);
}

// ---- hooks: MeshDeviceImpl's functions ---------------------------------------------------------------------------

// begin_mesh_trace(this, queue, const MeshTraceId&).
void on_trace_begin(struct registers* r) {
    const struct device* mesh = mesh_of(r);
    if (mesh != NULL) ttmem_trace_begin(mesh->place);
}

// end_mesh_trace(this, queue, const MeshTraceId&): the trace's buffer is allocated in it.
void on_trace_end(struct registers* r) {
    const struct device* mesh = mesh_of(r);
    if (mesh == NULL) return;
    const uint32_t number = *(const uint32_t*)r->argument[2];
    char name[32];
    snprintf(name, sizeof name, "trace %u", number);
    const ttmem_handle handle = ttmem_trace_end(ttmem_intern(name), number);
    if (handle == 0) return;
    keep(mesh, number, handle);
    context.holder = handle;
    context.kind = TTMEM_CLASS_TRACE;
}

void after_trace_end(struct registers* r) {
    if (context.kind != TTMEM_CLASS_TRACE) return;
    context.holder = 0;
    context.kind = TTMEM_CLASS_UNKNOWN;
    if (r->flag != 0) release(mesh_of(r), false, *(const uint32_t*)r->argument[2]);
}

// replay_mesh_trace(this, queue, const MeshTraceId&, blocking).
void on_trace_replay(struct registers* r) {
    const struct device* mesh = mesh_of(r);
    if (mesh != NULL) ttmem_trace_replayed(find(mesh, *(const uint32_t*)r->argument[2]));
}

// release_mesh_trace(this, const MeshTraceId&): its buffer is freed in it.
void on_trace_release(struct registers* r) { (void)r; }

void after_trace_release(struct registers* r) {
    const struct device* mesh = mesh_of(r);
    if (mesh != NULL && r->flag == 0) release(mesh, false, *(const uint32_t*)r->argument[1]);
}

// All that is used of Python is looked up in the process (python_call.c). Code objects are told from each other by a
// number that each is given when it is first met, in the place that CPython has for such (PEP 523): it goes with the
// object, and no number comes twice. So what is remembered of a number is never that of another code object at the same
// address, and no reference is needed.
#define _GNU_SOURCE
#include "adapters/preload/python_stack.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct object object;  // PyObject
typedef struct thread thread;  // PyThreadState
enum { kMostFrames = 32, kRemembered = 4096 };

static struct {
    int (*is_initialized)(void);
    const char* (*version)(void);
    thread* (*own_thread)(void);
    object* (*frame_of)(thread*);
    void* (*interpreter_of)(thread*);
    void* (*main_interpreter)(void);
    object* (*caller)(object* frame);
    object* (*code)(object* frame);
    int (*line)(object* frame);
    object* (*attribute)(object* self, const char* name);
    const char* (*utf8)(object* text);
    int (*stop_collecting)(void);
    int (*collect)(void);
    void (*put_error_aside)(object**, object**, object**);
    void (*put_error_back)(object*, object*, object*);
    void (*drop)(object*);
} python;
static struct {
    ttmem_stack (*intern_frame)(ttmem_stack, const char*, uint32_t, const char*);
    ttmem_handle (*record)(const ttmem_allocation*, ttmem_stack);
} client;
static thread* (*running_thread)(void);  // that with the lock, if any
static int (*position)(object* frame);   // of the instruction; NULL before 3.11
static intptr_t (*new_place)(void (*release)(void*));
static int (*get_number)(object* code, intptr_t place, void** number);
static int (*set_number)(object* code, intptr_t place, void* number);

// Python's lock guards all that follows.
static enum { kNotLookedUp, kFound, kLacking } state;
static intptr_t place;        // of the number in a code object
static uint32_t last_number;  // given out
static struct remembered { uint32_t caller, code, position, stack; } remembered[kRemembered];

static void* first_of(const char* one, const char* other) {
    void* found = dlsym(RTLD_DEFAULT, one);
    return found != NULL ? found : dlsym(RTLD_DEFAULT, other);
}

// Not by linking: a program that brings an older libttmem would not start.
static bool look_up_client(void) {
    void* library = dlopen("libttmem.so.0", RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL) return false;
    *(void**)&client.intern_frame = dlsym(library, "ttmem_intern_frame");
    *(void**)&client.record = dlsym(library, "ttmem_record_alloc_with_stack");
    dlclose(library);
    return client.intern_frame != NULL && client.record != NULL;
}

static bool look_up(void) {
    static const char* const names[] = {
        "Py_IsInitialized",
        "Py_GetVersion",
        "PyGILState_GetThisThreadState",
        "PyThreadState_GetFrame",
        "PyThreadState_GetInterpreter",
        "PyInterpreterState_Main",
        "PyFrame_GetBack",
        "PyFrame_GetCode",
        "PyFrame_GetLineNumber",
        "PyObject_GetAttrString",
        "PyUnicode_AsUTF8",
        "PyGC_Disable",
        "PyGC_Enable",
        "PyErr_Fetch",
        "PyErr_Restore",
        "Py_DecRef",
    };
    if (!look_up_client()) return false;
    void* found[sizeof names / sizeof *names];
    _Static_assert(sizeof found == sizeof python, "one name for each function");
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        if ((found[i] = dlsym(RTLD_DEFAULT, names[i])) == NULL) return false;
    }
    memcpy(&python, found, sizeof found);
    *(void**)&running_thread = first_of("PyThreadState_GetUnchecked", "_PyThreadState_UncheckedGet");
    *(void**)&position = dlsym(RTLD_DEFAULT, "PyFrame_GetLasti");
    *(void**)&new_place = first_of("PyUnstable_Eval_RequestCodeExtraIndex", "_PyEval_RequestCodeExtraIndex");
    *(void**)&get_number = first_of("PyUnstable_Code_GetExtra", "_PyCode_GetExtra");
    *(void**)&set_number = first_of("PyUnstable_Code_SetExtra", "_PyCode_SetExtra");
    return running_thread != NULL && new_place != NULL && get_number != NULL && set_number != NULL;
}

// Without such a lock nothing here would be guarded.
static bool has_lock(void) { return strstr(python.version(), "free-threading") == NULL; }

// The thread of the main interpreter that this is, if it holds the lock; else NULL.
static thread* locked_thread(void) {
    thread* own = python.own_thread();
    if (own == NULL || own != running_thread()) return NULL;
    return python.interpreter_of(own) == python.main_interpreter() ? own : NULL;
}

// 0: it cannot have one.
static uint32_t number_of(object* code) {
    void* number = NULL;
    if (get_number(code, place, &number) != 0) return 0;
    if (number != NULL) return (uintptr_t)number <= last_number ? (uint32_t)(uintptr_t)number : 0;
    if (last_number == UINT32_MAX || set_number(code, place, (void*)(uintptr_t)(last_number + 1)) != 0) return 0;
    return ++last_number;
}

static ttmem_stack intern(ttmem_stack caller, object* code, object* frame) {
    object* file = python.attribute(code, "co_filename");
    object* function = python.attribute(code, position != NULL ? "co_qualname" : "co_name");
    const char* path = file != NULL ? python.utf8(file) : NULL;
    const char* name = function != NULL ? python.utf8(function) : NULL;
    const int line = python.line(frame);
    const ttmem_stack stack =
        client.intern_frame(caller, path != NULL && *path != 0 ? path : "?", line > 0 ? (uint32_t)line : 0, name);
    if (file != NULL) python.drop(file);
    if (function != NULL) python.drop(function);
    return stack;
}

static struct remembered* memory_of(const struct remembered* key) {
    const uint64_t what = ((uint64_t)key->caller << 32 | key->position) * UINT64_C(0x9E3779B97F4A7C15) ^
                          (uint64_t)key->code * UINT64_C(0xD6E8FEB86659FD93);
    return &remembered[(what ^ what >> 29) * UINT64_C(0xBF58476D1CE4E5B9) >> 52];
}

static ttmem_stack stack_of(ttmem_stack caller, object* frame) {
    object* code = python.code(frame);
    const int at = position != NULL ? position(frame) : python.line(frame);
    const struct remembered key = {caller, number_of(code), (uint32_t)at, 0};
    struct remembered* memory = memory_of(&key);
    ttmem_stack stack = memory->stack;
    if (key.code == 0 || stack == 0 || memory->caller != caller || memory->code != key.code ||
        memory->position != key.position) {
        stack = intern(caller, code, frame);
        if (key.code != 0) *memory = (struct remembered){caller, key.code, key.position, stack};
    }
    python.drop(code);
    return stack;
}

// Frames are asked for from the innermost, stacks are made from the outermost.
static ttmem_stack walk(thread* own) {
    object* frames[kMostFrames];
    int count = 0;
    for (object* frame = python.frame_of(own); frame != NULL; frame = python.caller(frame)) {
        frames[count++] = frame;
        if (count == kMostFrames) break;
    }
    ttmem_stack stack = 0;
    while (count > 0) {
        stack = stack_of(stack, frames[--count]);
        python.drop(frames[count]);
    }
    return stack;
}

ttmem_stack ttmem_preload_stack(void) {
    if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == kLacking) return 0;
    if (state == kNotLookedUp) {  // by several threads at once: each finds the same
        if (dlsym(RTLD_DEFAULT, "Py_IsInitialized") == NULL) return 0;  // Python may come later
        if (!look_up() || !has_lock()) return __atomic_store_n(&state, kLacking, __ATOMIC_RELEASE), 0;
    }
    if (!python.is_initialized()) return 0;
    thread* own = locked_thread();
    if (own == NULL) return 0;
    if (state == kNotLookedUp) {
        place = new_place(NULL);
        __atomic_store_n(&state, place < 0 ? kLacking : kFound, __ATOMIC_RELEASE);
        if (place < 0) return 0;
    }
    object *type, *value, *trace;
    python.put_error_aside(&type, &value, &trace);
    const int collects = python.stop_collecting();  // a frame that becomes an object must not run anybody's destructors
    const ttmem_stack stack = walk(own);
    if (collects) python.collect();
    python.put_error_back(type, value, trace);
    return stack;
}

ttmem_handle record_with_stack(const ttmem_allocation* allocation, ttmem_stack stack) {
    return client.record(allocation, stack);
}

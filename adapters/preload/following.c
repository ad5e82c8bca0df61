#define _GNU_SOURCE
#include "adapters/preload/following.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <ttmem/ttmem.h>
#include <unistd.h>

#include "adapters/preload/audit.h"
#include "adapters/preload/live.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/places.h"
#include "adapters/preload/programs.h"
#include "adapters/preload/runtime.h"
#include "adapters/preload/traces.h"
#include "adapters/preload/unwinding.h"

enum { kUnknown = 0, kFollowed = 1, kPassedOn = 2 };

__attribute__((visibility("default"))) void ttmem_preload_look(void);

static void* library;
static uint64_t bias;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct loaded {
    char path[4096];
    struct elf_image image;
    bool readable;
};

static bool is_name_of_runtime(const char* path) {
    const char* name = path != NULL ? strrchr(path, '/') : NULL;
    return name != NULL && strncmp(name, "/libtt_metal", 12) == 0;
}

static int is_runtime(struct dl_phdr_info* info, size_t size, void* user) {
    (void)size;
    struct loaded* loaded = user;
    if (!is_name_of_runtime(info->dlpi_name)) return 0;
    snprintf(loaded->path, sizeof loaded->path, "%s", info->dlpi_name);
    loaded->readable = elf_image_of_mapping(&loaded->image, info);
    return 1;
}

static uint64_t symbol_in_library(const char* symbol, void* user) {
    (void)user;
    const void* found = dlsym(library, symbol);
    return found != NULL ? (uint64_t)found - bias : 0;
}

// What cannot be followed is passed on, and said; with the level off it is not even judged.
static uint32_t judge_library(void) {
    static struct loaded loaded;
    if (dl_iterate_phdr(is_runtime, &loaded) == 0) return kPassedOn;
    library = dlopen(loaded.path, RTLD_LAZY | RTLD_NOLOAD);
    if (library == NULL) return kPassedOn;
    bias = loaded.image.bias;
    take_functions(library);
    if (ttmem_get_level() == TTMEM_LEVEL_OFF) {
        ttmem_open(0);  // leaves word of it where a run waits for this process
        return kPassedOn;
    }
    if (loaded.readable) {
        judge(&runtime.judgement, &loaded.image, symbol_in_library, NULL);
    } else {
        snprintf(runtime.judgement.reason, sizeof runtime.judgement.reason, "its libtt_metal.so cannot be read");
    }
    if (runtime.judgement.stands_aside) return kPassedOn;
    if (runtime.judgement.followed && !find_unwinder(library)) {
        runtime.judgement.followed = runtime.judgement.programs = runtime.judgement.traces = false;
        snprintf(runtime.judgement.reason, sizeof runtime.judgement.reason, "the process has no C++ unwinder");
    }
    if (runtime.judgement.followed &&
        !(live_begin() && places_begin() && audit_begin() && programs_begin() && traces_begin())) {
        runtime.judgement.followed = false;
        snprintf(runtime.judgement.reason, sizeof runtime.judgement.reason, "there is no memory");
    }
    // What is followed says so when it opens a mesh: who only imports ttnn has nothing to tell.
    if (!runtime.judgement.followed) note_runtime(&runtime.judgement);
    return runtime.judgement.followed ? kFollowed : kPassedOn;
}

static void find_once(void) {
    const int error = errno;
    __atomic_store_n(&hook_state, judge_library(), __ATOMIC_RELEASE);
    errno = error;
}

void find_runtime(const void* caller) {
    (void)caller;
    pthread_once(&once, find_once);
}

// What a program opens a device with. That tt-metal is found on the way is all: a build that cannot be followed says so
// even in a program that ends without its destructors.
void on_open_mesh(struct registers* r) { (void)r; }
void on_open_unit_mesh(struct registers* r) { (void)r; }
void on_open_unit_meshes(struct registers* r) { (void)r; }
void on_open_device_66(struct registers* r) { (void)r; }
void on_open_mesh_81(struct registers* r) { (void)r; }
void on_open_unit_mesh_81(struct registers* r) { (void)r; }
void on_open_unit_meshes_81(struct registers* r) { (void)r; }

static int is_there(struct dl_phdr_info* info, size_t size, void* user) {
    (void)size, (void)user;
    return is_name_of_runtime(info->dlpi_name);
}

// A tt-metal that none of whose calls can be hooked never comes here: who knows that it is loaded asks, so that the
// answers say what is missing. Nothing happens where there is none.
void ttmem_preload_look(void) {
    if (dl_iterate_phdr(is_there, NULL) != 0) find_runtime(NULL);
}

// For programs that nobody asks for.
__attribute__((destructor)) static void look_at_exit(void) {
    if (__atomic_load_n(&hook_state, __ATOMIC_ACQUIRE) == kUnknown) ttmem_preload_look();
}

// A caller whose tt-metal is not the one that was found, or has another name: the caller's own libraries have it.
static const void* original_of_caller(const char* symbol, const void* stub, const void* caller) {
    const void* found = dlsym(RTLD_NEXT, symbol);
    Dl_info info;
    if (found == NULL && dladdr(caller, &info) != 0 && info.dli_fname != NULL) {
        void* handle = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
        if (handle != NULL) found = dlsym(handle, symbol);
        // The handle is kept: what it opened must not go away while a stub leads there.
    }
    return found != stub ? found : NULL;
}

void find_original(uint32_t hook, const void* caller) {
    find_runtime(caller);
    if (hook_originals[hook] != NULL) return;
    const int error = errno;
    const void* found = original_of_caller(hook_symbols[hook], hook_stubs[hook], caller);
    if (found == NULL) {
        dprintf(STDERR_FILENO, "symbol lookup error: undefined symbol: %s\n", hook_symbols[hook]);
        _exit(127);
    }
    __atomic_store_n(&hook_originals[hook], found, __ATOMIC_RELEASE);
    errno = error;
}

#include "adapters/preload/unwinding.h"

#include <dlfcn.h>
#include <stddef.h>

#include "adapters/preload/notes.h"

// The Itanium C++ ABI's figures.
enum { URC_HANDLER_FOUND = 6, URC_INSTALL_CONTEXT = 7, URC_CONTINUE_UNWIND = 8 };
enum { UA_SEARCH_PHASE = 1, UA_CLEANUP_PHASE = 2, UA_HANDLER_FRAME = 4, UA_FORCE_UNWIND = 8 };

uint64_t exceptions_swallowed;
void (*unwind_resume)(void* exception);
static void (*set_register)(void* context, int number, uintptr_t value);
static void (*set_address)(void* context, uintptr_t address);
static uintptr_t (*get_address)(void* context);
static void* (*language_data)(void* context);
static void* (*begin_catch)(void* exception);
static void (*end_catch)(void);

int call_personality(int version, int actions, uint64_t exception_class, void* exception, void* context);
int around_personality(int version, int actions, uint64_t exception_class, void* exception, void* context);
void swallow_exception(void* exception);

static bool find(void* library, const char* name, void* pointer) {
    void* found = dlsym(library, name);
    if (found == NULL) found = dlsym(RTLD_DEFAULT, name);
    *(void**)pointer = found;
    return found != NULL;
}

bool find_unwinder(void* library) {
    return find(library, "_Unwind_Resume", &unwind_resume) && find(library, "_Unwind_SetGR", &set_register) &&
           find(library, "_Unwind_SetIP", &set_address) && find(library, "_Unwind_GetIP", &get_address) &&
           find(library, "_Unwind_GetLanguageSpecificData", &language_data) &&
           find(library, "__cxa_begin_catch", &begin_catch) && find(library, "__cxa_end_catch", &end_catch);
}

// Where the frame's language data says that exceptions land.
static uintptr_t landing_of(void* context) {
    const int32_t* data = language_data(context);
    return (uintptr_t)data + (uintptr_t)(intptr_t)*data;
}

static int land(void* exception, void* context) {
    set_register(context, 0, (uintptr_t)exception);
    set_address(context, landing_of(context));
    return URC_INSTALL_CONTEXT;
}

// The frame that calls a handler: nothing passes but the forced unwinding of a thread that is cancelled.
int call_personality(int version, int actions, uint64_t exception_class, void* exception, void* context) {
    (void)version, (void)exception_class;
    if ((actions & UA_FORCE_UNWIND) != 0 || language_data == NULL) return URC_CONTINUE_UNWIND;
    if ((actions & UA_SEARCH_PHASE) != 0) return URC_HANDLER_FOUND;
    return (actions & UA_HANDLER_FRAME) != 0 ? land(exception, context) : URC_CONTINUE_UNWIND;
}

// The frame around an original: it is told, and the exception goes on.
int around_personality(int version, int actions, uint64_t exception_class, void* exception, void* context) {
    (void)version, (void)exception_class;
    if ((actions & UA_CLEANUP_PHASE) == 0 || language_data == NULL) return URC_CONTINUE_UNWIND;
    // Past the landing the exception is on its way again.
    if (get_address(context) > landing_of(context)) return URC_CONTINUE_UNWIND;
    return land(exception, context);
}

void swallow_exception(void* exception) {
    begin_catch(exception);
    end_catch();
    if (__atomic_fetch_add(&exceptions_swallowed, 1, __ATOMIC_RELAXED) == 0) {
        note_incomplete(
            "tt-metal threw an exception when it was asked about its memory: something of this process may be missing");
    }
}

// A program that loads its libraries as Python does: preload_program WORKLOAD_LIBRARY HOW. HOW "loads": calls nothing.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const char* late = getenv("ATTACH");
    void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 2;
    }
    if (late != NULL) {
        void* preload = dlopen(late, RTLD_NOW | RTLD_LOCAL);
        int (*attach)(void) = preload != NULL ? (int (*)(void))dlsym(preload, "ttmem_preload_attach") : NULL;
        printf("attached %d\n", attach != NULL ? attach() : -2);
    }
    if (strcmp(argv[2], "loads") == 0) return 6;
    int (*run)(const char*) = (int (*)(const char*))dlsym(library, "run_workload");
    return run != NULL ? run(argv[2]) : 2;
}

// What this library hides of tt-metal's own.
#pragma once

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

// NULL where tt-metal is not loaded, or has no such function.
static inline void* of_metal(const char* symbol) {
    void* metal = dlopen("libtt_metal.so", RTLD_LAZY | RTLD_NOLOAD);
    return metal ? dlsym(metal, symbol) : NULL;
}

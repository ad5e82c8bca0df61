// A libtt_metal.so that is something else: it has one function of that name, and a program calls it.
#include <stdio.h>

void track(const void* self,
           const void* buffer) __asm__("_ZN2tt8tt_metal12GraphTracker14track_allocateEPKNS0_6BufferE");
void track(const void* self, const void* buffer) {
    (void)self;
    printf("something else: %s\n", (const char*)buffer);
    fflush(stdout);
}

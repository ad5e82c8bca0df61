// In mock runs only: a mock device has no kernel binaries, and a trace of programs without any crashes tt-metal.
// Preloaded after libttmem_preload.so, this gives every program a binary of 2 KiB as soon as tt-metal asks what it has
// to load; tests choose the sizes by TTMEM_MOCK_BINARIES ("12288,24576", the last one for all that follow).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// tt::tt_metal::ProgramTransferInfo as far as std::vector<uint32_t> binary_data.
struct transfer_info {
    uint64_t before[4];
    char* binary;
    char* binary_end;
    char* binary_room;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static size_t next_size(void) {
    static const char* rest;
    static size_t size;
    if (!rest) rest = getenv("TTMEM_MOCK_BINARIES");
    if (!rest) rest = "2048";
    if (*rest) {
        char* end;
        size = strtoul(rest, &end, 10);
        rest = *end == ',' ? end + 1 : "";
    }
    return size;
}

#define TRANSFER_INFO "_ZNK2tt8tt_metal6detail11ProgramImpl25get_program_transfer_infoEv"
struct transfer_info* transfer_info_of(void* program) __asm__(TRANSFER_INFO);
struct transfer_info* transfer_info_of(void* program) {
    static struct transfer_info* (*original)(void*);
    static void* (*allocate)(size_t);  // C++'s, because C++ frees it
    pthread_mutex_lock(&mutex);
    if (!original) {
        void* metal = dlopen("libtt_metal.so", RTLD_LAZY | RTLD_NOLOAD);
        original = metal ? (struct transfer_info * (*)(void*)) dlsym(metal, TRANSFER_INFO) : NULL;
        allocate = metal ? (void* (*)(size_t))dlsym(metal, "_Znwm") : NULL;
    }
    struct transfer_info* info = original(program);
    if (info->binary == info->binary_end) {
        const size_t size = next_size();
        if (size && allocate) {
            info->binary = memset(allocate(size), 0, size);
            info->binary_end = info->binary_room = info->binary + size;
        }
    }
    pthread_mutex_unlock(&mutex);
    return info;
}

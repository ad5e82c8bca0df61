// Late attachment: ttnn was imported before this library came. The pointers through which tt-metal and ttnn call what
// is hooked are led to the stubs; what a mesh holds already is taken over when it is first seen (places.h).
#define _GNU_SOURCE
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "adapters/preload/elf_image.h"
#include "adapters/preload/following.h"
#include "adapters/preload/runtime.h"
#include "adapters/preload/symbols.h"

__attribute__((visibility("default"))) int ttmem_preload_attach(void);

struct patching {
    const struct dl_phdr_info* info;
    int patched;
};

// Whether the loader has made the pointer read-only after it filled it in.
static bool is_guarded(const struct dl_phdr_info* info, uint64_t address) {
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr)* part = &info->dlpi_phdr[i];
        if (part->p_type == PT_GNU_RELRO && address >= part->p_vaddr && address - part->p_vaddr < part->p_memsz)
            return true;
    }
    return false;
}

static bool patch(const char* symbol, uint64_t address, void* user) {
    struct patching* patching = user;
    const int hook = hook_with_symbol(symbol);
    if (hook < 0 || hook_originals[hook] == NULL) return true;
    const void** slot = (const void**)(patching->info->dlpi_addr + address);
    const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    void* page = (void*)((uintptr_t)slot & ~(page_bytes - 1));
    const bool guarded = is_guarded(patching->info, address);
    if (guarded && mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return true;
    __atomic_store_n(slot, hook_stubs[hook], __ATOMIC_RELEASE);
    if (guarded) mprotect(page, page_bytes, PROT_READ);
    patching->patched++;
    return true;
}

static int patch_library(struct dl_phdr_info* info, size_t size, void* user) {
    (void)size;
    struct patching* patching = user;
    const char* name = info->dlpi_name != NULL ? strrchr(info->dlpi_name, '/') : NULL;
    const bool is_ours = name != NULL && (strncmp(name, "/libtt_metal", 12) == 0 || strncmp(name, "/_ttnn", 6) == 0);
    struct elf_image image;
    if (!is_ours || !elf_image_of_mapping(&image, info)) return 0;
    patching->info = info;
    elf_visit_slots(&image, patch, patching);
    elf_visit_pointers(&image, patch, patching);
    return 0;
}

// 0: tt-metal is followed from here on.
int ttmem_preload_attach(void) {
    runtime.adopts = true;
    find_runtime(NULL);
    if (hook_state != 1) return -1;
    struct patching patching = {0};
    dl_iterate_phdr(patch_library, &patching);
    return patching.patched > 0 ? 0 : -1;
}

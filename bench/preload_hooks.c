// For preload_bench.py: leads tt-metal's own calls to libttmem_preload's hooks, or past them, within one process.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <ttmem/ttmem.h>

enum { kMostSlots = 512 };
static struct { void **slot, *hook, *original; } slots[kMostSlots];
static int slot_count;
static void *preload, *metal;

static int find_slots(struct dl_phdr_info* info, size_t size, void* user) {
    (void)size, (void)user;
    const char* name = info->dlpi_name != NULL ? strrchr(info->dlpi_name, '/') : NULL;
    if (name == NULL || (strncmp(name, "/libtt_metal", 12) != 0 && strncmp(name, "/_ttnn", 6) != 0)) return 0;
    const ElfW(Dyn)* dynamic = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) dynamic = (void*)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
    const ElfW(Sym)* symbols = NULL;
    const char* texts = NULL;
    const ElfW(Rela)* table = NULL;
    size_t count = 0;
    for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_SYMTAB) symbols = (void*)dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_STRTAB) texts = (void*)dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_JMPREL) table = (void*)dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_PLTRELSZ) count = dynamic->d_un.d_val / sizeof *table;
    }
    for (size_t i = 0; i < count && slot_count < kMostSlots; i++) {
        const char* symbol = texts + symbols[ELF64_R_SYM(table[i].r_info)].st_name;
        if (strncmp(symbol, "_ZN2tt8tt_metal", 15) != 0) continue;
        void* hook = dlsym(preload, symbol);
        void* original = dlsym(metal, symbol);
        Dl_info where;
        if (hook == NULL || original == NULL || dladdr(hook, &where) == 0 ||
            strstr(where.dli_fname, "ttmem_preload") == NULL)
            continue;
        void** slot = (void**)(info->dlpi_addr + table[i].r_offset);
        mprotect((void*)((uintptr_t)slot & ~UINT64_C(4095)), 4096, PROT_READ | PROT_WRITE);
        slots[slot_count].slot = slot;
        slots[slot_count].hook = hook;
        slots[slot_count++].original = original;
    }
    return 0;
}

// How many calls can be switched.
int bench_find(const char* preload_path);
int bench_find(const char* preload_path) {
    preload = dlopen(preload_path, RTLD_LAZY | RTLD_NOLOAD);
    metal = dlopen("libtt_metal.so", RTLD_LAZY | RTLD_NOLOAD);
    if (preload == NULL || metal == NULL) return -1;
    dl_iterate_phdr(find_slots, NULL);
    return slot_count;
}

void bench_switch(int on);
void bench_switch(int on) {
    for (int i = 0; i < slot_count; i++) {
        __atomic_store_n(slots[i].slot, on ? slots[i].hook : slots[i].original, __ATOMIC_RELEASE);
    }
}

static uint64_t cycles(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#endif
}

uint64_t bench_cycles(void);
uint64_t bench_cycles(void) { return cycles(); }

// The cycles of one pair of libttmem's own record and free, the least of some rounds; -1 where it records nothing.
double bench_pair(uint32_t place);
double bench_pair(uint32_t place) {
    const ttmem_allocation a = {.place = place,
                                .address = 4096,
                                .requested_bytes = 4096,
                                .bytes_per_bank = 4096,
                                .banks = 12,
                                .data_banks = 1,
                                .page_bytes = 2048};
    double least = 1e9;
    if (ttmem_record_free(ttmem_record_alloc(&a)) != TTMEM_OK) return -1;
    for (int round = 0; round < 50; round++) {
        const uint64_t begin = cycles();
        for (int i = 0; i < 1000; i++) ttmem_record_free(ttmem_record_alloc(&a));
        const double each = (double)(cycles() - begin) / 1000;
        if (each < least) least = each;
    }
    return least;
}

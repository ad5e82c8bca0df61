#include "adapters/preload/judge.h"

#include <stdio.h>
#include <string.h>

#include "adapters/preload/builds.h"

struct slots_found {
    bool slot[HOOK_COUNT];
    bool reports_itself;
    const char* constructor;  // of a buffer
};

static bool found_slot(const char* symbol, uint64_t where, void* user) {
    (void)where;
    struct slots_found* found = user;
    const int hook = hook_with_symbol(symbol);
    if (hook >= 0) found->slot[hook] = true;
    if (strcmp(symbol, "ttmem_record_alloc") == 0) found->reports_itself = true;
    if (strncmp(symbol, "_ZN2tt8tt_metal6BufferC1E", 25) == 0) found->constructor = symbol;
    return true;
}

// Looks for an instruction with the operand `offset(%rdi)`: a byte displacement, and no other register in the address.
bool code_reads_member(const uint8_t* code, uint64_t size, uint8_t offset) {
#if defined(__x86_64__)
    for (uint64_t i = 0; i + 2 < size; i++) {
        if (code[i] == 0xc3) return false;  // ret: what follows is another function
        const uint8_t opcode = code[i], operand = code[i + 1];
        const bool reads = opcode == 0x8b || opcode == 0x8a || opcode == 0x80 || opcode == 0x83 || opcode == 0xf6 ||
                           opcode == 0xf7 || opcode == 0x3b || opcode == 0x39 || opcode == 0xb6;
        if (reads && (operand & 0xc7) == 0x47 && code[i + 2] == offset) return true;
    }
#else
    (void)code, (void)size, (void)offset;  // no build for another machine has inline members
#endif
    return false;
}

// Looks for `lock xadd %r, (next)` and the store of %r into the buffer that follows it.
uint32_t code_keeps_number(const uint8_t* code, uint64_t size) {
#if defined(__x86_64__)
    static const uint8_t kDraw[] = {0xf0, 0x48, 0x0f, 0xc1};
    for (uint64_t i = 0; i + 12 <= size; i++) {
        if (memcmp(code + i, kDraw, sizeof kDraw) != 0) continue;
        const uint8_t drawn = code[i + 4], kept = code[i + 7];
        const bool same = code[i + 5] == 0x48 && code[i + 6] == 0x89 && (drawn & 0x38) == (kept & 0x38);
        uint32_t offset;
        memcpy(&offset, code + i + 8, sizeof offset);
        const bool in_buffer = (kept & 0xc0) == 0x80 && (kept & 7) != 4 && offset < 4096;
        return same && in_buffer ? offset : 0;
    }
#else
    (void)code, (void)size;
#endif
    return 0;
}

#if defined(__x86_64__)
static bool has_bytes(const uint8_t* code, uint64_t size, const uint8_t wanted[4]) {
    for (uint64_t i = 0; i + 4 <= size; i++) {
        if (memcmp(code + i, wanted, 4) == 0) return true;
    }
    return false;
}
#endif

// Looks for the vector that is walked, `mov offset(%rdi), %rax; mov offset + 8(%rdi), %rcx`, by the size of a struct
// region_allocator, and for the regions of each, whose end is compared with their begin.
uint32_t code_forgets_regions(const uint8_t* code, uint64_t size) {
#if defined(__x86_64__)
    static const uint8_t kNext[] = {0x48, 0x83, 0xc0, 0x38}, kBegin[] = {0x48, 0x8b, 0x50, 0x20},
                         kEnd[] = {0x48, 0x39, 0x50, 0x28};
    for (uint64_t i = 0; i + 14 <= size; i++) {
        if (memcmp(code + i, "\x48\x8b\x87", 3) != 0 || memcmp(code + i + 7, "\x48\x8b\x8f", 3) != 0) continue;
        uint32_t begin, end;
        memcpy(&begin, code + i + 3, sizeof begin);
        memcpy(&end, code + i + 10, sizeof end);
        const uint8_t* rest = code + i;
        const bool walks =
            has_bytes(rest, size - i, kNext) && has_bytes(rest, size - i, kBegin) && has_bytes(rest, size - i, kEnd);
        return walks && begin < 16384 && end == begin + 8 ? begin : 0;
    }
#else
    (void)code, (void)size;
#endif
    return 0;
}

static void find_regions(struct judgement* j, const struct elf_image* image, find_symbol find, void* user) {
    enum { kCodeBytes = 96 };
    const uint64_t address = find("_ZN2tt8tt_metal6detail11ProgramImpl37invalidate_dataflow_buffer_allocationEv", user);
    const uint8_t* code = address != 0 ? elf_bytes(image, address, kCodeBytes) : NULL;
    j->regions_offset = code != NULL ? code_forgets_regions(code, kCodeBytes) : 0;
    j->hides_scratchpads = j->regions_offset == 0 && find(hook_symbols[HOOK_plan_scratchpads], user) != 0;
}

static uint32_t find_unique_id(const struct elf_image* image, const char* constructor, find_symbol find, void* user) {
    const uint64_t address = constructor != NULL ? find(constructor, user) : 0;
    const uint8_t* code = address != 0 ? elf_bytes(image, address, 1024) : NULL;
    return code != NULL ? code_keeps_number(code, 1024) : 0;
}

// Inline members are believed only where the accessors that the library has look at the same places.
static const char* check_members(const struct elf_image* image, find_symbol find, void* user) {
    static const struct {
        const char* symbol;
        uint8_t offset;
    } kReads[] = {
        {"_ZNK2tt8tt_metal6Buffer7is_dramEv", MEMBER_TYPE},
        {"_ZNK2tt8tt_metal6Buffer5is_l1Ev", MEMBER_TYPE},
        {"_ZNK2tt8tt_metal6Buffer9allocatorEv", MEMBER_ALLOCATOR},
        {"_ZNK2tt8tt_metal6Buffer7addressEv", MEMBER_STATUS},
        {"_ZNK2tt8tt_metal6Buffer7addressEv", MEMBER_ADDRESS},
        {"_ZNK2tt8tt_metal6Buffer9page_sizeEv", MEMBER_PAGE_SIZE},
        {"_ZNK2tt8tt_metal6Buffer9num_pagesEv", MEMBER_SIZE},
        {"_ZNK2tt8tt_metal6Buffer9num_pagesEv", MEMBER_PAGE_SIZE},
    };
    for (size_t i = 0; i < sizeof kReads / sizeof *kReads; i++) {
        const uint64_t address = find(kReads[i].symbol, user);
        const uint8_t* code = address == 0 ? NULL : elf_bytes(image, address, 48);
        if (code == NULL || !code_reads_member(code, 48, kReads[i].offset)) return kReads[i].symbol;
    }
    return NULL;
}

static bool has(find_symbol find, void* user, const char* symbol) { return find(symbol, user) != 0; }

// The first symbol that is asked for memory and missing, or NULL.
static const char* missing_accessor(struct judgement* j, find_symbol find, void* user) {
    static const char* const kNeeded[] = {
#define X(field, result, arguments, symbol) symbol,
        ASKED(X)
#undef X
    };
    static const char* const kMembers[] = {"_ZNK2tt8tt_metal6Buffer4sizeEv", "_ZNK2tt8tt_metal6Buffer11buffer_typeEv",
                                           "_ZNK2tt8tt_metal6Buffer6deviceEv", "_ZNK2tt8tt_metal6Buffer9unique_idEv"};
    static const char* const kOptional[] = {
        "_ZN2tt8tt_metal12experimental19per_core_allocation22is_per_core_allocationERKNS0_6BufferE",
        "_ZNK2tt8tt_metal11distributed14MeshDeviceImpl2idEv",
        "_ZNK2tt8tt_metal11distributed19MeshCoordinateRange11start_coordEv",
        "_ZNK2tt8tt_metal11distributed19MeshCoordinateRange9end_coordEv",
        "_ZNK2tt8tt_metal13AllocatorImpl30get_lowest_occupied_l1_addressEj",
        "_ZNK2tt8tt_metal13AllocatorImpl21get_allocated_buffersEv",
        "_ZN2tt8tt_metal12MetalContext8instanceEv",
        "_ZN2tt8tt_metal12MetalContext8instanceEN4ttsl10StrongTypeIiNS0_12ContextIdTagEEE",
        "_ZN2tt8tt_metal12MetalContext15instance_existsEN4ttsl10StrongTypeIiNS0_12ContextIdTagEEE",
        "_ZN2tt8tt_metal12MetalContext11get_clusterEv",
        "_ZNK2tt7Cluster15get_ubb_asic_idEi"};
    int members = 0;
    for (size_t i = 0; i < sizeof kMembers / sizeof *kMembers; i++) members += has(find, user, kMembers[i]);
    j->members = members < (int)(sizeof kMembers / sizeof *kMembers);
    for (size_t i = 0; i < sizeof kNeeded / sizeof *kNeeded; i++) {
        bool optional = strcmp(kNeeded[i], "_ZdlPv") == 0;  // another library has it
        for (size_t k = 0; k < sizeof kMembers / sizeof *kMembers; k++)
            optional |= strcmp(kNeeded[i], kMembers[k]) == 0;
        for (size_t k = 0; k < sizeof kOptional / sizeof *kOptional; k++) {
            optional |= strcmp(kNeeded[i], kOptional[k]) == 0;
        }
        if (!optional && !has(find, user, kNeeded[i])) return kNeeded[i];
    }
    return NULL;
}

static void judge_hooks(struct judgement* j, const struct slots_found* found, bool known, find_symbol find,
                        void* user) {
    for (int i = 0; i < HOOK_COUNT; i++) {
        const bool there = has(find, user, hook_symbols[i]);
        const bool called = there && (known || found->slot[i]);
        if (called || hook_needs[i] == NEED_NOTHING) continue;
        const char* why = there ? "is not called in a way that can be followed" : "is missing";
        if (hook_needs[i] == NEED_MEMORY) j->followed = false;
        if (hook_needs[i] == NEED_PROGRAMS) j->programs = false;
        if (hook_needs[i] == NEED_TRACES) j->traces = false;
        if (j->reason[0] == '\0') snprintf(j->reason, sizeof j->reason, "%s %s", hook_symbols[i], why);
    }
}

void judge(struct judgement* j, const struct elf_image* image, find_symbol find, void* user) {
    memset(j, 0, sizeof *j);
    for (uint32_t i = 0; i < image->build_id_bytes; i++) snprintf(j->build_id + 2 * i, 3, "%02x", image->build_id[i]);
    j->version = known_version(j->build_id);
    struct slots_found found = {0};
    elf_visit_slots(image, found_slot, &found);
    if (found.reports_itself) {
        j->stands_aside = true;
        return;
    }
    j->followed = j->programs = j->traces = true;
    const char* missing = missing_accessor(j, find, user);
    if (missing != NULL) {
        snprintf(j->reason, sizeof j->reason, "%s is missing", missing);
        j->followed = false;
    }
    judge_hooks(j, &found, j->version != NULL, find, user);
    if (j->followed && j->members && j->version == NULL) {
        const char* other = check_members(image, find, user);
        if (other != NULL) {
            snprintf(j->reason, sizeof j->reason, "%s looks elsewhere than in the versions that are known", other);
            j->followed = false;
        }
    }
    if (j->followed && j->members) j->unique_id_offset = find_unique_id(image, found.constructor, find, user);
    if (!j->followed) j->programs = j->traces = false;
    if (j->programs) find_regions(j, image, find, user);
}

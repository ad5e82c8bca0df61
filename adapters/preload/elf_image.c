#define _GNU_SOURCE
#include "adapters/preload/elf_image.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#if defined(__aarch64__)
enum { kSlot = R_AARCH64_JUMP_SLOT, kPointer = R_AARCH64_GLOB_DAT, kData = R_AARCH64_ABS64 };
#else
enum { kSlot = R_X86_64_JUMP_SLOT, kPointer = R_X86_64_GLOB_DAT, kData = R_X86_64_64 };
#endif

const uint8_t* elf_bytes(const struct elf_image* image, uint64_t address, uint64_t size) {
    for (int i = 0; i < image->segment_count; i++) {
        const struct elf_segment* segment = &image->segments[i];
        if (address < segment->address) continue;
        const uint64_t offset = address - segment->address;
        if (offset <= segment->size && size <= segment->size - offset) return segment->bytes + offset;
    }
    return NULL;
}

const char* elf_text(const struct elf_image* image, uint64_t address) {
    for (int i = 0; i < image->segment_count; i++) {
        const struct elf_segment* segment = &image->segments[i];
        if (address < segment->address || address - segment->address >= segment->size) continue;
        const char* text = (const char*)segment->bytes + (address - segment->address);
        return memchr(text, 0, segment->size - (address - segment->address)) != NULL ? text : NULL;
    }
    return NULL;
}

// The GNU build id among the notes at `address`.
static void find_build_id(struct elf_image* image, uint64_t address, uint64_t size) {
    uint64_t offset = 0;
    while (image->build_id_bytes == 0 && size >= sizeof(Elf64_Nhdr) && offset <= size - sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        const uint8_t* bytes = elf_bytes(image, address + offset, sizeof note);
        if (bytes == NULL) return;
        memcpy(&note, bytes, sizeof note);
        const uint64_t name = offset + sizeof note, value = name + (((uint64_t)note.n_namesz + 3) & ~UINT64_C(3));
        const uint8_t* name_bytes = elf_bytes(image, address + name, 4);
        const uint8_t* value_bytes = elf_bytes(image, address + value, note.n_descsz);
        if (name_bytes == NULL || value_bytes == NULL) return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(name_bytes, "GNU", 4) == 0 &&
            note.n_descsz <= kMostBuildId) {
            memcpy(image->build_id, value_bytes, note.n_descsz);
            image->build_id_bytes = note.n_descsz;
        }
        offset = value + (((uint64_t)note.n_descsz + 3) & ~UINT64_C(3));
    }
}

// An address of the dynamic section: the loader may have added the bias to it.
static uint64_t plain_address(const struct elf_image* image, uint64_t address) {
    return image->bias != 0 && address >= image->bias ? address - image->bias : address;
}

static bool read_dynamic(struct elf_image* image, uint64_t address, uint64_t size) {
    for (uint64_t offset = 0; size >= sizeof(Elf64_Dyn) && offset <= size - sizeof(Elf64_Dyn);
         offset += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        const uint8_t* bytes = elf_bytes(image, address + offset, sizeof entry);
        if (bytes == NULL) return false;
        memcpy(&entry, bytes, sizeof entry);
        const uint64_t value = entry.d_un.d_val;
        switch (entry.d_tag) {
            case DT_NULL:
                return image->symbols != 0 && image->texts != 0;
            case DT_SYMTAB:
                image->symbols = plain_address(image, value);
                break;
            case DT_STRTAB:
                image->texts = plain_address(image, value);
                break;
            case DT_STRSZ:
                image->text_bytes = value;
                break;
            case DT_JMPREL:
                image->slots = plain_address(image, value);
                break;
            case DT_PLTRELSZ:
                image->slot_bytes = value;
                break;
            case DT_RELA:
                image->other_relocations = plain_address(image, value);
                break;
            case DT_RELASZ:
                image->other_relocation_bytes = value;
                break;
            default:
                break;
        }
    }
    return false;
}

static bool read_headers(struct elf_image* image, const Elf64_Phdr* headers, int count) {
    bool dynamic = false;
    for (int i = 0; i < count; i++) {
        if (headers[i].p_type == PT_DYNAMIC) dynamic = read_dynamic(image, headers[i].p_vaddr, headers[i].p_memsz);
        if (headers[i].p_type == PT_NOTE) find_build_id(image, headers[i].p_vaddr, headers[i].p_memsz);
    }
    return dynamic;
}

bool elf_image_of_mapping(struct elf_image* image, const struct dl_phdr_info* info) {
    memset(image, 0, sizeof *image);
    image->bias = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum && image->segment_count < kMostSegments; i++) {
        const Elf64_Phdr* header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || (header->p_flags & PF_R) == 0) continue;
        image->segments[image->segment_count++] =
            (struct elf_segment){header->p_vaddr, header->p_memsz, (const uint8_t*)(info->dlpi_addr + header->p_vaddr)};
    }
    return read_headers(image, info->dlpi_phdr, info->dlpi_phnum);
}

static const char* symbol_name(const struct elf_image* image, uint64_t number) {
    Elf64_Sym symbol;
    const uint8_t* bytes = elf_bytes(image, image->symbols + number * sizeof symbol, sizeof symbol);
    if (bytes == NULL) return NULL;
    memcpy(&symbol, bytes, sizeof symbol);
    return symbol.st_name < image->text_bytes ? elf_text(image, image->texts + symbol.st_name) : NULL;
}

static void visit(const struct elf_image* image, uint64_t table, uint64_t size, bool slots,
                  bool (*each)(const char*, uint64_t, void*), void* user) {
    for (uint64_t offset = 0; size >= sizeof(Elf64_Rela) && offset <= size - sizeof(Elf64_Rela);
         offset += sizeof(Elf64_Rela)) {
        Elf64_Rela entry;
        const uint8_t* bytes = elf_bytes(image, table + offset, sizeof entry);
        if (bytes == NULL) return;
        memcpy(&entry, bytes, sizeof entry);
        const uint32_t type = ELF64_R_TYPE(entry.r_info);
        if (slots ? type != kSlot : type != kPointer && type != kData && type != kSlot) continue;
        const char* name = symbol_name(image, ELF64_R_SYM(entry.r_info));
        if (name != NULL && !each(name, entry.r_offset, user)) return;
    }
}

void elf_visit_slots(const struct elf_image* image, bool (*each)(const char*, uint64_t, void*), void* user) {
    visit(image, image->slots, image->slot_bytes, true, each, user);
}

void elf_visit_pointers(const struct elf_image* image, bool (*each)(const char*, uint64_t, void*), void* user) {
    visit(image, image->other_relocations, image->other_relocation_bytes, false, each, user);
}

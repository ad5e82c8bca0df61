// A loaded ELF library's own tables. Nothing is trusted: every address is looked up in the segments, every length is
// bounded by them, and what does not fit reads as absent. It changes nothing.
#ifndef TTMEM_PRELOAD_ELF_IMAGE_H
#define TTMEM_PRELOAD_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { kMostSegments = 16, kMostBuildId = 32 };

// A part of the library as it lies in memory: `size` bytes of it can be read.
struct elf_segment {
    uint64_t address;
    uint64_t size;
    const uint8_t* bytes;
};

struct elf_image {
    struct elf_segment segments[kMostSegments];
    int segment_count;
    uint64_t bias;  // what a mapping adds to addresses; tables of a loaded library may have it added already

    uint8_t build_id[kMostBuildId];
    uint32_t build_id_bytes;  // 0: none

    // Addresses in the image; 0: absent.
    uint64_t symbols, texts, text_bytes, slots, slot_bytes, other_relocations, other_relocation_bytes;
};

// Of a loaded library: what dl_iterate_phdr() says of it. false: it has no dynamic section that can be read.
struct dl_phdr_info;
bool elf_image_of_mapping(struct elf_image* image, const struct dl_phdr_info* info);

// `size` bytes at an address, or NULL.
const uint8_t* elf_bytes(const struct elf_image* image, uint64_t address, uint64_t size);

// The text that begins at an address, or NULL when it does not end inside of its segment.
const char* elf_text(const struct elf_image* image, uint64_t address);

// Calls visit(symbol, where, user) for each entry of the linkage table, `where` being the address of its pointer, until
// it returns false.
void elf_visit_slots(const struct elf_image* image, bool (*visit)(const char*, uint64_t, void*), void* user);

// Likewise for the other pointers to functions and data that the loader fills in by name.
void elf_visit_pointers(const struct elf_image* image, bool (*visit)(const char*, uint64_t, void*), void* user);

#endif

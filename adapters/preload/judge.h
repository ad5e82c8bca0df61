// Whether a libtt_metal.so may be followed: a known build is; another one only when all it takes is there, is called in
// a way that can be hooked, and lies where this library would look for it. An unknown build is never guessed at.
#ifndef TTMEM_PRELOAD_JUDGE_H
#define TTMEM_PRELOAD_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/preload/elf_image.h"
#include "adapters/preload/symbols.h"

// Where tt-metal up to 0.77 keeps a buffer's inline members; newer ones have functions for all of them.
enum member_offset {
    MEMBER_DEVICE = 16,
    MEMBER_SIZE = 24,
    MEMBER_TYPE = 32,
    MEMBER_ALLOCATOR = 64,
    MEMBER_STATUS = 72,
    MEMBER_ADDRESS = 80,
    MEMBER_PAGE_SIZE = 88,
};

struct judgement {
    bool followed;              // its memory
    bool programs, traces;      // these too
    bool stands_aside;          // it reports to ttmem by itself
    uint32_t unique_id_offset;  // where a buffer keeps its unique id, in builds without a function for it; 0: unknown
    uint32_t regions_offset;    // where a program keeps what it marked as taken in L1 (plans.c); 0: unknown
    bool hides_scratchpads;     // programs have some, and that place is not known
    bool members;               // sizes and types of buffers are read from inline members
    const char* version;        // of a known build, else NULL
    char build_id[2 * kMostBuildId + 1];
    char reason[200];  // why something is not followed
};

// The address of a function in the image's terms, or 0.
typedef uint64_t (*find_symbol)(const char* symbol, void* user);

void judge(struct judgement* judgement, const struct elf_image* image, find_symbol find, void* user);

// Where the constructor of a buffer, `size` bytes of code, keeps the number that it draws; 0: that is not seen.
uint32_t code_keeps_number(const uint8_t* code, uint64_t size);

// Where a program keeps the allocators whose regions its method, `size` bytes of code, forgets; 0: that is not seen, or
// they do not lie as plans.c reads them.
uint32_t code_forgets_regions(const uint8_t* code, uint64_t size);

// True when the machine code of an accessor, which begins at `code`, reads the member at `offset` of its first
// argument.
bool code_reads_member(const uint8_t* code, uint64_t size, uint8_t offset);

#endif

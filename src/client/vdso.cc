#include "src/client/vdso.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include <cstdint>

namespace ttmem::client {
namespace {

#if defined(__aarch64__)
constexpr char kClockGettime[] = "__kernel_clock_gettime";
#else
constexpr char kClockGettime[] = "__vdso_clock_gettime";
#endif

struct Symbols {
    const ElfW(Sym) * symbols = nullptr;
    const char* names = nullptr;
    const uint32_t* hash = nullptr;  // its second word is the number of symbols

    bool complete() const {
        if (symbols == nullptr) return false;
        if (names == nullptr) return false;
        return hash != nullptr;
    }
};

// `loaded`: where the image's address 0 is.
Symbols read_dynamic(const ElfW(Dyn) * dynamic, const char* loaded) {
    Symbols found;
    for (; dynamic->d_tag != DT_NULL; ++dynamic) {
        const char* at = loaded + dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_SYMTAB) found.symbols = reinterpret_cast<const ElfW(Sym)*>(at);
        if (dynamic->d_tag == DT_STRTAB) found.names = at;
        if (dynamic->d_tag == DT_HASH) found.hash = reinterpret_cast<const uint32_t*>(at);
    }
    return found;
}

}  // namespace

void* find_in_image(const char* image, const char* name) {
    const auto& header = *reinterpret_cast<const ElfW(Ehdr)*>(image);
    const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(image + header.e_phoff);
    const char* loaded = image;
    Symbols found;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        const char* at = image + segments[i].p_offset;
        if (segments[i].p_type == PT_LOAD) loaded = at - segments[i].p_vaddr;
        if (segments[i].p_type == PT_DYNAMIC) found = read_dynamic(reinterpret_cast<const ElfW(Dyn)*>(at), loaded);
    }
    if (!found.complete()) return nullptr;
    for (uint32_t i = 0; i < found.hash[1]; ++i) {
        const bool named = strcmp(found.names + found.symbols[i].st_name, name) == 0;
        if (named) return const_cast<char*>(loaded) + found.symbols[i].st_value;
    }
    return nullptr;
}

ClockGettime find_clock_gettime() {
    const auto image = reinterpret_cast<const char*>(getauxval(AT_SYSINFO_EHDR));
    void* found = image != nullptr ? find_in_image(image, kClockGettime) : nullptr;  // GCOV_EXCL_BR_LINE: the kernel's
    if (found == nullptr) return clock_gettime;                                      // GCOV_EXCL_BR_LINE: the kernel's
    return reinterpret_cast<ClockGettime>(found);
}

}  // namespace ttmem::client

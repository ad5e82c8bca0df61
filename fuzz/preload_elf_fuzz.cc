// Hostile bytes as a libtt_metal.so: its ELF tables are read and judged, and nothing outside of its mapping is touched.
#include <link.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

extern "C" {
#include "adapters/preload/elf_image.h"
#include "adapters/preload/judge.h"
}

// Symbols lie where the input says: any address.
static uint64_t find(const char* symbol, void* user) {
    const auto* image = static_cast<const elf_image*>(user);
    const uint64_t hash = std::hash<std::string_view>{}(symbol);
    const elf_segment& segment = image->segments[hash % kMostSegments];
    return segment.address + (segment.size == 0 ? hash : hash % (segment.size + 8));
}

// The memory that a loader would make of the file: parts that do not fit in it are not mapped.
static std::vector<uint8_t> load(const uint8_t* bytes, size_t size, std::vector<Elf64_Phdr>& headers) {
    constexpr uint64_t kMostMemory = 1 << 20;
    Elf64_Ehdr header;
    if (size < sizeof header) return {};
    std::memcpy(&header, bytes, sizeof header);
    if (header.e_phoff > size || header.e_phnum > (size - header.e_phoff) / sizeof(Elf64_Phdr)) return {};
    headers.resize(header.e_phnum);
    if (!headers.empty()) std::memcpy(headers.data(), bytes + header.e_phoff, headers.size() * sizeof(Elf64_Phdr));
    std::vector<uint8_t> memory;
    for (Elf64_Phdr& part : headers) {
        if (part.p_type != PT_LOAD) continue;
        part.p_filesz = std::min(part.p_filesz, part.p_memsz);
        if (part.p_vaddr > kMostMemory || part.p_memsz > kMostMemory - part.p_vaddr || part.p_offset > size ||
            part.p_filesz > size - part.p_offset) {
            part.p_type = PT_NULL;
            continue;
        }
        memory.resize(std::max<size_t>(memory.size(), part.p_vaddr + part.p_memsz));
        std::copy_n(bytes + part.p_offset, part.p_filesz, memory.begin() + static_cast<std::ptrdiff_t>(part.p_vaddr));
    }
    return memory;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    elf_image image;
    std::vector<Elf64_Phdr> headers;
    const std::vector<uint8_t> memory = load(bytes, size, headers);
    dl_phdr_info info = {};
    info.dlpi_addr = reinterpret_cast<ElfW(Addr)>(memory.data());
    info.dlpi_phdr = headers.data();
    info.dlpi_phnum = static_cast<ElfW(Half)>(headers.size());
    const bool readable = elf_image_of_mapping(&image, &info);
    if (image.build_id_bytes > kMostBuildId || image.segment_count > kMostSegments) std::abort();
    if (!readable) return 0;
    judgement judged;
    judge(&judged, &image, find, &image);
    if (std::strlen(judged.build_id) != 2 * image.build_id_bytes) std::abort();
    if ((judged.programs || judged.traces) && !judged.followed) std::abort();
    return 0;
}

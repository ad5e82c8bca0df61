// Hostile bytes as a libtt_metal.so: its ELF tables are read and judged, and nothing outside of the file is touched.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>

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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    elf_image image;
    const bool readable = elf_image_of_file(&image, bytes, size);
    if (image.build_id_bytes > kMostBuildId || image.segment_count > kMostSegments) std::abort();
    if (!readable) return 0;
    judgement judged;
    judge(&judged, &image, find, &image);
    if (std::strlen(judged.build_id) != 2 * image.build_id_bytes) std::abort();
    if ((judged.programs || judged.traces) && !judged.followed) std::abort();
    return 0;
}

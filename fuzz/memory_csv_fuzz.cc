// Any bytes as a memory report of tt-metal.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "src/importers/memory_csv/memory_csv.h"

using namespace ttmem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Result<ImportedUse> use = read_memory_csv(read_from_text(text), "csv");
    if (use ? use->chips.size() != 1 : use.error().what.empty()) std::abort();
    return 0;
}

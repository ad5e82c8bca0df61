// Any bytes as something packed: gzip, xz, zstd, zip, UTF-16, one within another. What comes out is bounded, and errors
// have a reason.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/importers/packed/unpack.h"

using namespace ttmem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr uint64_t kMost = uint64_t{8} << 20;
    const Result<ByteReader> text = unpack(read_from_text(std::string_view(reinterpret_cast<const char*>(data), size)));
    if (!text) {
        if (text.error().what.empty()) std::abort();
        return 0;
    }
    std::string buffer(4096, '\0');
    for (uint64_t all = 0; all < kMost;) {
        const Result<size_t> got = (*text)(buffer.data(), buffer.size());
        if (!got && got.error().what.empty()) std::abort();
        if (!got || *got == 0) return 0;
        if (*got > buffer.size()) std::abort();
        all += *got;
    }
    return 0;
}

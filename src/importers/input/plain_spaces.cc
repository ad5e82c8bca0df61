#include "src/importers/input/plain_spaces.h"

#include <utility>

namespace ttmem {
namespace {

constexpr char kFirst = '\xc2', kSecond = '\xa0';

// What is left of it.
size_t replace(char* text, size_t size) {
    size_t kept = 0;
    for (size_t i = 0; i < size; ++i) {
        const bool breaks_not = text[i] == kFirst && i + 1 < size && text[i + 1] == kSecond;
        text[kept++] = breaks_not ? ' ' : text[i];
        i += breaks_not;
    }
    return kept;
}

}  // namespace

std::string with_plain_spaces(std::string text) {
    text.resize(replace(text.data(), text.size()));
    return text;
}

// A first byte at the end of what was read waits for its second one.
ByteReader with_plain_spaces(ByteReader read) {
    return [read = std::move(read), waits = false, ended = false](char* to, size_t size) mutable -> Result<size_t> {
        size_t filled = 0;
        while (filled == 0 && !ended) {
            if (std::exchange(waits, false)) to[filled++] = kFirst;
            const Result<size_t> got = size > filled ? read(to + filled, size - filled) : Result<size_t>(0);
            if (!got) return got;
            ended = *got == 0;
            filled = replace(to, filled + *got);
            waits = !ended && size > 1 && to[filled - 1] == kFirst;
            filled -= waits;
        }
        return filled;
    };
}

}  // namespace ttmem

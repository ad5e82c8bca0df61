// Hexadecimal digits without the C library's locales and formats: this runs in the middle of anybody's program.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace ttmem::client {

// 0 to 15, or -1 when it is none.
inline int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    const char lower = static_cast<char>(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// `bytes` as 2 * count lower-case digits, without a 0 at the end.
inline void write_hex(char* text, const uint8_t* bytes, size_t count) {
    for (size_t i = 0; i < 2 * count; ++i) text[i] = "0123456789abcdef"[bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
}

}  // namespace ttmem::client

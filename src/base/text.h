// Text for people and machines: sizes, times, and making foreign bytes safe to print.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ttmem {

// "14,716,928": every figure that somebody may compare.
std::string with_commas(uint64_t value);
std::string bytes_text(uint64_t bytes);  // "14,716,928 B"

// "1 chip", "8 chips"; a plural that is more than an s is given.
std::string counted(uint64_t count, std::string_view noun, std::string_view plural = "");

// "14.0 MiB", "512 B": three significant digits, units of 1024.
std::string human_bytes(uint64_t bytes);

// How bytes stand in a sentence: human_bytes(), or with_commas() where exact ones are wanted.
using BytesText = std::string (*)(uint64_t);

// "3 s", "2 min 5 s", "4 h 10 min": two units at most.
std::string human_duration(int64_t nanoseconds);

// "2026-11-22T18:48:13.120Z" for nanoseconds since 1970.
std::string rfc3339(int64_t wall_ns);
// Of what was so from then up to, and without, `until`: cut off after so many digits, or more, that it was so until the
// next time that they tell.
std::string rfc3339_of_event(int64_t wall_ns, int64_t until, int digits = 6);

// "12K", "1.5MiB", "2G" (1024), "10kB" (1000), "77": nullopt when it is none of them or does not fit.
std::optional<uint64_t> parse_bytes(std::string_view text);

// A decimal number, or hexadecimal after 0x.
std::optional<uint64_t> parse_number(std::string_view text);

// Foreign bytes for a terminal: whatever is not graphic (graphic.h), escape sequences and invalid UTF-8 as \xNN.
std::string printable(std::string_view bytes);

// Foreign bytes as valid UTF-8 (for JSON): invalid bytes become U+FFFD; nothing else changes.
std::string valid_utf8(std::string_view bytes);

// JSON text in which whatever is not graphic (graphic.h) is spelled \uNNNN: a terminal may obey it, or hide it. It
// means the same to who parses it.
std::string escaped_controls(std::string json);

// 32 hexadecimal digits, and back.
std::string hex128(unsigned __int128 value);
std::optional<unsigned __int128> parse_hex128(std::string_view text);
std::string hex64(uint64_t value);  // "0x3ffff000"
// "756,480 (0xb8b00)": an address in a sentence, as messages of tt-metal have it and as tables of buffers have it.
std::string address_text(uint64_t address);

}  // namespace ttmem

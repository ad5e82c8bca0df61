// Gives the text of a source whatever it is packed in: gzip, xz, zstd, zip (every file in it, one after the other),
// UTF-16, UTF-32 and UTF-8 with their marks, each within another.
//
// Memory stays bounded whatever the data claims: dictionaries and windows up to kMostWindowBytes, nesting up to
// kMostNesting, and an expansion of more than kMostExpansion to one beyond kFreeBytes is refused as a bomb. What cannot
// be unpacked is an error with its true reason. Packed data that is cut off or damaged somewhere is read up to there,
// and a loss says so, where the caller asks for it; without a byte before it, it is an error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/importers/input/byte_reader.h"

namespace ttmem {

constexpr uint64_t kMostWindowBytes = uint64_t{128} << 20;
constexpr size_t kMostNesting = 3;
constexpr uint64_t kMostExpansion = 500;
constexpr uint64_t kFreeBytes = uint64_t{64} << 20;

// The first bytes of a reader, at most `size`.
Result<std::string> read_head(const ByteReader& read, size_t size);
// Gives back what was read ahead, then the rest.
ByteReader pushed_back(std::string head, ByteReader rest);

// What could not be read of packed data, known when the reader has come to its end.
struct UnpackLosses {
    std::vector<std::string> sentences;  // for people
    bool is_bomb = false;                // nothing of it is to be used then
};
using Losses = std::shared_ptr<UnpackLosses>;

Result<ByteReader> unpack(ByteReader reader, const Losses& losses = nullptr, size_t nesting = 0);

// The layers: each takes a reader at the first byte of what it unpacks.
ByteReader read_xz(ByteReader packed);
ByteReader read_zstd(ByteReader packed);
ByteReader read_zip(ByteReader packed, const Losses& losses, size_t nesting);

// UTF-16 or UTF-32.
struct Wide {
    uint32_t bytes = 2;  // of a unit
    bool big_endian = false;
};
ByteReader read_wide(ByteReader text, Wide wide);

}  // namespace ttmem

// Bytes of a source, one piece after the other: what every importer reads with.
//
// A reader is called until it returns 0 and not after that. What it reads may be endless: whoever calls it bounds it.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "src/base/result.h"

namespace ttmem {

// Fills a buffer with the next bytes and says how many; 0 at the end.
using ByteReader = std::function<Result<size_t>(char* to, size_t size)>;

// What unpackers ask of their reader at a time.
inline constexpr size_t kInputBytes = size_t{1} << 16;

// Reads a file descriptor that stays the caller's.
ByteReader read_from_fd(int fd);
// Reads `text`, which must outlive the reader.
ByteReader read_from_text(std::string_view text);

}  // namespace ttmem

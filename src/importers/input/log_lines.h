// The lines of a text of any size, one after the other, in bounded memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "src/base/result.h"
#include "src/importers/input/byte_reader.h"

namespace ttmem {

struct LogLine {
    std::string_view text;  // without its end; of a longer line its first kMostLineBytes
    uint64_t number = 0;    // counted from 1
    uint64_t offset = 0;    // of its first byte
};
constexpr size_t kMostLineBytes = size_t{1} << 16;

// Calls `each` for every line, the last one with or without a line break. Returns how many bytes there were, or the
// reader's error with the offset at which it happened.
Result<uint64_t> for_each_line(const ByteReader& read, const std::function<void(const LogLine&)>& each);

// `line` after what it has in common with the beginning of another line, numbers taken for equal: a carrier's prefix.
std::string_view after_common_head(std::string_view line, std::string_view other);

}  // namespace ttmem

// A moving window over a JSON text of any size: hands out one value at a time, so that memory stays bounded.
//
// It only finds where values begin and end; what is inside is checked by the one who parses it. A value and the
// kSlack bytes behind it are readable until the next call that moves the window (simdjson needs the slack).
// Offsets count from the start of the text. Not for several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/importers/input/byte_reader.h"

namespace ttmem {

class JsonWindow {
public:
    static constexpr size_t kSlack = 64;
    static constexpr size_t kMostValueBytes = size_t{16} << 20;

    explicit JsonWindow(ByteReader reader, size_t chunk_bytes = size_t{1} << 20);

    // The next byte that is not white space, '\0' at the end of the text. Does not take it.
    Result<char> peek();
    // Takes the byte that peek() showed.
    void take() { ++position_; }
    // Takes the value that begins at peek(): up to its closing bracket or quote, or a bare word up to its delimiter;
    // empty where none begins.
    Result<std::string_view> take_value();

    uint64_t offset() const { return base_ + position_; }

private:
    // How far the value at position_ has been looked at, so that more bytes do not mean looking again.
    struct Scan {
        size_t at = 0;
        uint64_t depth = 0;
        bool in_string = false;
    };

    bool find_end(Scan& scan) const;
    Result<bool> refill();

    ByteReader reader_;
    size_t chunk_;
    std::vector<char> data_;
    size_t position_ = 0;  // of the next byte
    size_t end_ = 0;       // of what was read
    uint64_t base_ = 0;    // offset of data_[0]
    bool at_end_ = false;
};

}  // namespace ttmem

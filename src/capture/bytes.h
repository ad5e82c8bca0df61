// Numbers as bytes of varying length, and back from bytes that nobody vouches for.
//
// A number below 128 is one byte; of larger ones each byte has 7 bits, the low ones first, and bit 7 says that another
// byte follows. A signed difference is folded first: 0, -1, 1, -2 ... are 0, 1, 2, 3 ...
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace ttmem {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t fold_sign(uint64_t difference) {
    return difference << 1 ^ (static_cast<int64_t>(difference) < 0 ? UINT64_MAX : 0);
}
constexpr uint64_t unfold_sign(uint64_t folded) { return folded >> 1 ^ (~(folded & 1) + 1); }

inline void put_number(Bytes& bytes, uint64_t value) {
    while (value >= 128) {
        bytes.push_back(static_cast<uint8_t>(value | 128));
        value >>= 7;
    }
    bytes.push_back(static_cast<uint8_t>(value));
}

// Reads from bytes that must outlive it. After the first thing that does not fit ok() is false and all that is read is
// 0.
class ByteCursor {
public:
    ByteCursor() = default;
    ByteCursor(const uint8_t* begin, size_t size) : at_(begin), end_(begin + size) {}
    explicit ByteCursor(const Bytes& bytes) : ByteCursor(bytes.data(), bytes.size()) {}

    bool ok() const { return ok_; }
    size_t left() const { return static_cast<size_t>(end_ - at_); }
    void fail() {
        ok_ = false;
        at_ = end_;
    }

    uint64_t number() {
        if (at_ != end_ && *at_ < 128) return *at_++;
        return long_number();
    }
    uint8_t byte() {
        if (at_ == end_) return fail(), 0;
        return *at_++;
    }
    std::string_view text(uint64_t size) {
        if (size > left()) return fail(), std::string_view();
        const std::string_view text(reinterpret_cast<const char*>(at_), size);
        at_ += size;
        return text;
    }
    // The next `size` bytes, as a cursor of their own.
    ByteCursor part(uint64_t size) {
        if (size > left()) return fail(), ByteCursor();
        ByteCursor part(at_, size);
        at_ += size;
        return part;
    }

private:
    uint64_t long_number() {
        uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at_ == end_) break;
            const uint8_t byte = *at_++;
            if (shift == 63 && byte > 1) break;
            value |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) return value;
        }
        fail();
        return 0;
    }

    const uint8_t* at_ = nullptr;
    const uint8_t* end_ = nullptr;
    bool ok_ = true;
};

}  // namespace ttmem

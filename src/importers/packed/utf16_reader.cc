#include <algorithm>
#include <memory>
#include <string>

#include "src/importers/packed/unpack.h"

namespace ttmem {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 16;

void append_utf8(std::string& text, uint32_t c) {
    const auto put = [&](uint32_t byte) { text += static_cast<char>(byte); };
    if (c < 0x80) return put(c);
    if (c < 0x800) {
        put(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            put(0xe0 | c >> 12);
        } else {
            put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f));
        }
        put(0x80 | (c >> 6 & 0x3f));
    }
    put(0x80 | (c & 0x3f));
}

// UTF-16 to UTF-8. The byte order mark is left out; a half of a pair alone becomes U+FFFD.
class Utf16Reader {
public:
    Utf16Reader(ByteReader reader, bool big_endian) : reader_(std::move(reader)), big_(big_endian) {}

    Result<size_t> read(char* to, size_t size) {
        while (given_ == text_.size() && !ended_) {
            if (Result<void> more = refill(); !more) return more.error();
        }
        const size_t part = std::min(size, text_.size() - given_);
        text_.copy(to, part, given_);
        given_ += part;
        return part;
    }

private:
    Result<void> refill() {
        text_.clear(), given_ = 0;
        std::string bytes(kChunkBytes, '\0');
        const Result<size_t> got = reader_(bytes.data(), bytes.size());
        if (!got) return got.error();
        ended_ = *got == 0;
        for (size_t i = 0; i < *got; ++i) {
            if (!half_) {
                first_ = static_cast<unsigned char>(bytes[i]);
            } else {
                const uint32_t second = static_cast<unsigned char>(bytes[i]);
                unit(big_ ? first_ << 8 | second : second << 8 | first_);
            }
            half_ = !half_;
        }
        if (ended_ && (high_ != 0 || half_)) append_utf8(text_, 0xfffd);
        return {};
    }

    void unit(uint32_t c) {
        if (c >= 0xdc00 && c < 0xe000 && high_ != 0) {
            append_utf8(text_, 0x10000 + ((high_ - 0xd800) << 10) + (c - 0xdc00));
            high_ = 0;
            return;
        }
        if (high_ != 0) append_utf8(text_, 0xfffd);
        high_ = 0;
        if (c >= 0xd800 && c < 0xdc00) {
            high_ = c;
        } else if (c != 0xfeff || !begun_) {
            if (c != 0xfeff) append_utf8(text_, c >= 0xdc00 && c < 0xe000 ? 0xfffd : c);
        }
        begun_ = true;
    }

    ByteReader reader_;
    const bool big_;
    std::string text_;
    size_t given_ = 0;
    bool half_ = false, ended_ = false, begun_ = false;
    uint32_t first_ = 0, high_ = 0;
};

}  // namespace

ByteReader read_utf16(ByteReader wide, bool big_endian) {
    auto reader = std::make_shared<Utf16Reader>(std::move(wide), big_endian);
    return [reader](char* to, size_t size) { return reader->read(to, size); };
}

}  // namespace ttmem

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

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

constexpr uint32_t kReplacement = 0xfffd, kMark = 0xfeff, kLastCharacter = 0x10ffff;

// UTF-16 or UTF-32 to UTF-8. The byte order mark is left out; a half of a pair alone, and what is no character, becomes
// U+FFFD.
class WideReader {
public:
    WideReader(ByteReader reader, Wide wide) : reader_(std::move(reader)), wide_(wide) {}

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
            const uint32_t byte = static_cast<unsigned char>(bytes[i]);
            unit_ = wide_.big_endian ? unit_ << 8 | byte : unit_ | byte << (8 * have_);
            if (++have_ < wide_.bytes) continue;
            unit(std::exchange(unit_, 0));
            have_ = 0;
        }
        if (ended_ && (high_ != 0 || have_ != 0)) append_utf8(text_, kReplacement);
        return {};
    }

    void unit(uint32_t c) {
        if (wide_.bytes == 4) {
            const bool is_none = c > kLastCharacter || (c >= 0xd800 && c < 0xe000);
            if (c != kMark) append_utf8(text_, is_none ? kReplacement : c);
            return;
        }
        if (c >= 0xdc00 && c < 0xe000 && high_ != 0) {
            append_utf8(text_, 0x10000 + ((high_ - 0xd800) << 10) + (c - 0xdc00));
            high_ = 0;
            return;
        }
        if (high_ != 0) append_utf8(text_, kReplacement);
        high_ = 0;
        if (c >= 0xd800 && c < 0xdc00) {
            high_ = c;
        } else if (c != kMark) {
            append_utf8(text_, c >= 0xdc00 && c < 0xe000 ? kReplacement : c);
        }
    }

    ByteReader reader_;
    const Wide wide_;
    std::string text_;
    size_t given_ = 0;
    bool ended_ = false;
    uint32_t unit_ = 0, have_ = 0;  // what has come of it, and how many bytes
    uint32_t high_ = 0;             // the first half of a pair
};

}  // namespace

ByteReader read_wide(ByteReader text, Wide wide) {
    auto reader = std::make_shared<WideReader>(std::move(text), wide);
    return [reader](char* to, size_t size) { return reader->read(to, size); };
}

}  // namespace ttmem

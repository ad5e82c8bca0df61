#include "src/importers/packed/gzip_reader.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace ttmem {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::string_view kGzipMark = "\x1f\x8b";

class GzipReader {
public:
    explicit GzipReader(ByteReader reader) : reader_(std::move(reader)), input_(kInputBytes, '\0') {}
    GzipReader(const GzipReader&) = delete;
    GzipReader& operator=(const GzipReader&) = delete;
    ~GzipReader() {
        if (state_ == State::kInflating) inflateEnd(&stream_);
    }

    Result<size_t> read(char* to, size_t size) {
        if (state_ == State::kUnknown) {
            if (Result<void> begun = begin(); !begun) return begun.error();
        }
        if (size == 0 || state_ == State::kEnded) return size_t{0};
        return state_ == State::kPlain ? read_plain(to, size) : inflate_some(to, size);
    }

private:
    enum class State { kUnknown, kPlain, kInflating, kEnded };

    // Looks at the first bytes. A pipe may give one byte at a time.
    Result<void> begin() {
        while (filled_ < kGzipMark.size()) {
            const Result<size_t> got = fill();
            if (!got) return got.error();
            if (*got == 0) break;
        }
        if (!std::string_view(input_.data(), filled_).starts_with(kGzipMark)) {
            state_ = State::kPlain;
            return {};
        }
        if (inflateInit2(&stream_, kGzipOnly) != Z_OK) {
            return Error{"gzip data cannot be decompressed", "zlib has no memory", ""};
        }
        state_ = State::kInflating;
        return {};
    }

    Result<size_t> fill() {
        const Result<size_t> got = reader_(input_.data() + filled_, input_.size() - filled_);
        if (got) {
            filled_ += *got;
            bytes_in_ += *got;
        }
        return got;
    }

    Result<size_t> read_plain(char* to, size_t size) {
        if (used_ == filled_) return reader_(to, size);
        const size_t count = std::min(size, filled_ - used_);
        std::memcpy(to, input_.data() + used_, count);
        used_ += count;
        return count;
    }

    Result<size_t> inflate_some(char* to, size_t size) {
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = static_cast<uInt>(std::min<size_t>(size, kInputBytes));
        const uInt wanted = stream_.avail_out;
        while (stream_.avail_out == wanted) {
            if (used_ == filled_) {
                used_ = filled_ = 0;
                const Result<size_t> got = fill();
                if (!got) return got.error();
                if (*got == 0) {
                    if (between_members_) {
                        state_ = State::kEnded;
                        inflateEnd(&stream_);
                        return size_t{0};
                    }
                    return damaged("it ends in the middle");
                }
            }
            stream_.next_in = reinterpret_cast<Bytef*>(input_.data() + used_);
            stream_.avail_in = static_cast<uInt>(filled_ - used_);
            between_members_ = false;
            const int result = inflate(&stream_, Z_NO_FLUSH);
            used_ = filled_ - stream_.avail_in;
            if (result == Z_STREAM_END) {  // another member may follow
                between_members_ = true;
                if (inflateReset2(&stream_, kGzipOnly) != Z_OK) return damaged("zlib cannot go on");
            } else if (result != Z_OK && result != Z_BUF_ERROR) {
                return damaged(stream_.msg == nullptr ? "its bytes are not valid" : stream_.msg);
            }
        }
        return size_t{wanted - stream_.avail_out};
    }

    Error damaged(const std::string& reason) const {
        return Error{"the gzip data is damaged near byte " + std::to_string(bytes_in_ - (filled_ - used_)), reason,
                     "copy the file again, or decompress what is left of it with zcat"};
    }

    ByteReader reader_;
    std::string input_;
    size_t used_ = 0, filled_ = 0;  // of input_
    uint64_t bytes_in_ = 0;         // read so far
    State state_ = State::kUnknown;
    bool between_members_ = false;
    z_stream stream_{};
};

}  // namespace

ByteReader maybe_gunzip(ByteReader reader) {
    auto gzip = std::make_shared<GzipReader>(std::move(reader));
    return [gzip](char* to, size_t size) { return gzip->read(to, size); };
}

}  // namespace ttmem

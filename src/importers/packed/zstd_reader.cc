#include <zstd.h>

#include <bit>
#include <memory>
#include <string>

#include "src/importers/packed/unpack.h"

namespace ttmem {
namespace {

class ZstdReader {
public:
    explicit ZstdReader(ByteReader reader)
        : reader_(std::move(reader)), input_(kInputBytes, '\0'), stream_(ZSTD_createDStream()) {
        if (stream_) ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, std::countr_zero(kMostWindowBytes));
    }

    Result<size_t> read(char* to, size_t size) {
        if (!stream_) return Error{"zstd data cannot be decompressed", "libzstd has no memory", ""};
        ZSTD_outBuffer out{to, size, 0};
        while (out.pos == 0 && size != 0) {
            if (in_.pos == in_.size && !pending_) {
                const Result<size_t> got = reader_(input_.data(), input_.size());
                if (!got) return got.error();
                if (*got == 0) {
                    if (within_frame_) return failed("it ends in the middle");
                    return size_t{0};
                }
                bytes_in_ += *got;
                in_ = {input_.data(), *got, 0};
            }
            const size_t result = ZSTD_decompressStream(stream_.get(), &out, &in_);
            if (ZSTD_isError(result)) return failed(ZSTD_getErrorName(result));
            within_frame_ = result != 0;
            pending_ = out.pos == out.size;
        }
        return out.pos;
    }

private:
    Error failed(const std::string& reason) const {
        return Error{
            "the zstd data cannot be decompressed near byte " + std::to_string(bytes_in_ - (in_.size - in_.pos)),
            reason, "copy the file again, or decompress what is left of it with zstdcat"};
    }

    struct Free {
        void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
    };
    ByteReader reader_;
    std::string input_;
    std::unique_ptr<ZSTD_DStream, Free> stream_;
    ZSTD_inBuffer in_{nullptr, 0, 0};
    uint64_t bytes_in_ = 0;
    bool within_frame_ = false, pending_ = false;
};

}  // namespace

ByteReader read_zstd(ByteReader packed) {
    auto reader = std::make_shared<ZstdReader>(std::move(packed));
    return [reader](char* to, size_t size) { return reader->read(to, size); };
}

}  // namespace ttmem

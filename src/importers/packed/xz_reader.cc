#include <lzma.h>

#include <memory>
#include <string>

#include "src/importers/packed/unpack.h"

namespace ttmem {
namespace {

class XzReader {
public:
    explicit XzReader(ByteReader reader) : reader_(std::move(reader)), input_(kInputBytes, '\0') {}
    XzReader(const XzReader&) = delete;
    XzReader& operator=(const XzReader&) = delete;
    ~XzReader() { lzma_end(&stream_); }

    Result<size_t> read(char* to, size_t size) {
        if (!begun_ && lzma_stream_decoder(&stream_, kMostWindowBytes, LZMA_CONCATENATED) != LZMA_OK) {
            return Error{"xz data cannot be decompressed", "liblzma has no memory", ""};
        }
        begun_ = true;
        if (ended_ || size == 0) return size_t{0};
        stream_.next_out = reinterpret_cast<uint8_t*>(to);
        stream_.avail_out = size;
        while (stream_.avail_out == size && !ended_) {
            if (stream_.avail_in == 0 && !input_ended_) {
                const Result<size_t> got = reader_(input_.data(), input_.size());
                if (!got) return got.error();
                input_ended_ = *got == 0;
                stream_.next_in = reinterpret_cast<const uint8_t*>(input_.data());
                stream_.avail_in = *got;
            }
            const lzma_ret result = lzma_code(&stream_, input_ended_ ? LZMA_FINISH : LZMA_RUN);
            if (result == LZMA_STREAM_END) {
                ended_ = true;
            } else if (result != LZMA_OK) {
                return failed(result);
            }
        }
        return size - stream_.avail_out;
    }

private:
    Error failed(lzma_ret result) const {
        if (result == LZMA_MEMLIMIT_ERROR) {
            return Error{"the xz data needs more memory than ttmem allows",
                         std::to_string(lzma_memusage(&stream_) >> 20) + " MiB to decompress, of at most " +
                             std::to_string(kMostWindowBytes >> 20) + " MiB",
                         "decompress it yourself with xz, if you trust it"};
        }
        return Error{"the xz data is damaged near byte " + std::to_string(stream_.total_in),
                     result == LZMA_BUF_ERROR ? "it ends in the middle" : "its bytes are not valid",
                     "copy the file again, or decompress what is left of it with xzcat"};
    }

    ByteReader reader_;
    std::string input_;
    lzma_stream stream_ = LZMA_STREAM_INIT;
    bool begun_ = false, input_ended_ = false, ended_ = false;
};

}  // namespace

ByteReader read_xz(ByteReader packed) {
    auto reader = std::make_shared<XzReader>(std::move(packed));
    return [reader](char* to, size_t size) { return reader->read(to, size); };
}

}  // namespace ttmem

#include "src/capture/blocks.h"

#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <memory>

namespace ttmem::capture {
namespace {

constexpr int kLevel = 3;  // of zstd: higher ones cost the recorder more than they save
constexpr uint32_t kMostStoredBytes = kMostRawBytes + (kMostRawBytes >> 7) + 1024;  // what zstd may make of them

struct FreeCompressor {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

uint32_t crc(uint32_t before, const void* bytes, size_t size) {
    return static_cast<uint32_t>(::crc32_z(before, static_cast<const Bytef*>(bytes), size));
}

}  // namespace

uint32_t check_of(const FileHead& head) {
    FileHead copy = head;
    copy.check = 0;
    return crc(0, &copy, sizeof copy);
}

uint32_t check_of(const BlockHead& head, const uint8_t* payload) {
    BlockHead copy = head;
    copy.check = 0;
    return crc(crc(0, &copy, sizeof copy), payload, head.stored_bytes);
}

Bytes pack_block(BlockHead head, const Bytes& raw) {
    static thread_local const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
    Bytes block(sizeof head + ZSTD_compressBound(raw.size()));
    const size_t stored = ZSTD_compressCCtx(context.get(), block.data() + sizeof head, block.size() - sizeof head,
                                            raw.data(), raw.size(), kLevel);
    block.resize(sizeof head + stored);
    head.magic = kBlockMagic;
    head.stored_bytes = static_cast<uint32_t>(stored);
    head.raw_bytes = static_cast<uint32_t>(raw.size());
    head.check = check_of(head, block.data() + sizeof head);
    std::memcpy(block.data(), &head, sizeof head);
    return block;
}

bool is_plausible(const BlockHead& head) {
    return head.magic == kBlockMagic && head.raw_bytes <= kMostRawBytes && head.stored_bytes <= kMostStoredBytes &&
           head.items <= kMostItems;
}

bool unpack(const BlockHead& head, const Bytes& payload, Bytes& raw) {
    static thread_local const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
    raw.resize(head.raw_bytes);
    return ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), payload.data(), payload.size()) == head.raw_bytes;
}

}  // namespace ttmem::capture

// The records of one region as words, copied and not yet judged.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/reader/source.h"
#include "src/reader/validate.h"

namespace ttmem::ledger {

class RawRecords {
public:
    // Copies the first `count` records (at most what the region has). False when the file has become shorter.
    bool read(const ByteSource& source, const Extent& extent, uint64_t count) {
        count_ = std::min(count, extent.count);
        stride_words_ = extent.stride / 8;
        words_.resize(count_ * stride_words_);
        return count_ == 0 || source.read(extent.offset, words_.data(), words_.size() * 8);
    }

    // Copies one record again.
    bool read_again(const ByteSource& source, const Extent& extent, uint64_t number) {
        uint64_t* into = words_.data() + number * stride_words_;
        return source.read(extent.offset + number * extent.stride, into, extent.stride);
    }

    uint64_t count() const { return count_; }
    uint64_t stride() const { return stride_words_ * 8; }
    const uint64_t* operator[](uint64_t number) const { return words_.data() + number * stride_words_; }

private:
    std::vector<uint64_t> words_;
    uint64_t count_ = 0, stride_words_ = 0;
};

// The word of a record whose struct has it at `offset` bytes.
#define TTMEM_WORD(record, Struct, member) ((record)[offsetof(Struct, member) / 8])

}  // namespace ttmem::ledger

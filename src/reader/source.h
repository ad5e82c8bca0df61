// Where a ledger's bytes come from: an open file, or memory (tests, fuzzers, the crash harness).
//
// Nobody maps a ledger to read it: its owner could shorten the file and kill the reader with SIGBUS, or change a value
// between check and use. Everything is copied first.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ttmem::ledger {

class ByteSource {
public:
    virtual ~ByteSource() = default;

    // Bytes in the file now; 0 when that cannot be told.
    virtual uint64_t size() const = 0;

    // Copies exactly `bytes` bytes at `offset`; false when they are not there. An aligned word is copied whole, and
    // what was stored before a value that an earlier read() saw is seen by this one. Several threads may call it at
    // once where there are many slots.
    virtual bool read(uint64_t offset, void* into, size_t bytes) const = 0;
};

// An open regular file, which somebody else closes. Positioned reads only.
class FdSource final : public ByteSource {
public:
    explicit FdSource(int fd) : fd_(fd) {}
    uint64_t size() const override;
    bool read(uint64_t offset, void* into, size_t bytes) const override;

private:
    int fd_;
};

// Memory that a writer may be changing meanwhile, through 8-byte atomics. Requires: `memory` is aligned to 8 bytes, and
// offsets and sizes that are read are multiples of 8 (as all of the reader's are), but for the last bytes.
class MemorySource final : public ByteSource {
public:
    MemorySource(const void* memory, uint64_t bytes)
        : memory_(static_cast<const unsigned char*>(memory)), bytes_(bytes) {}
    uint64_t size() const override { return bytes_; }
    bool read(uint64_t offset, void* into, size_t bytes) const override;

private:
    const unsigned char* memory_;
    uint64_t bytes_;
};

}  // namespace ttmem::ledger

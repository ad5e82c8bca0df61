// The bytes of a capture (docs/capture-format.md): a head, then blocks. All numbers are little endian.
#pragma once

#include <bit>
#include <cstdint>

namespace ttmem::capture {

static_assert(std::endian::native == std::endian::little);

constexpr char kFileMagic[8] = {'T', 'T', 'M', 'E', 'M', 'C', 'A', 'P'};
constexpr uint32_t kMajor = 1, kMinor = 6;    // 1: plans of circular buffers; 2: call stacks; 3: docs, 7
constexpr uint32_t kBlockMagic = 0x424d5454;  // "TTMB"

struct FileHead {
    char magic[8];
    uint32_t major, minor;
    int64_t began_at;  // when the recording began, nanoseconds since 1970
    uint32_t reserved;
    uint32_t check;  // CRC-32 of the head with 0 here
};
static_assert(sizeof(FileHead) == 32);

// A reader skips a type that it does not know from 128 on, and asks for a newer ttmem below.
enum class BlockType : uint32_t {
    kTexts = 1,
    kProcesses = 2,
    kPlaces = 3,
    kPrograms = 4,
    kTraces = 5,
    kLiveBefore = 6,
    kEvents = 7,
    kGaps = 8,
    kChips = 9,
    kLiveAtEnd = 10,
    kState = 11,
    kEnd = 12,
    kPlans = 128,
    kPlanChanges = 129,
    kStacks = 130,
    kStacksOfEvents = 131,
};

constexpr uint32_t kFirstOptional = 128;

struct BlockHead {
    uint32_t magic;
    uint32_t type;
    uint32_t stored_bytes;      // of the payload, as it stands in the file: a zstd frame
    uint32_t raw_bytes;         // of the payload, decompressed
    uint64_t number;            // of the block, from 0
    uint32_t items;             // in it
    uint32_t check;             // CRC-32 of this head with 0 here, and of the stored payload
    int64_t first_at, last_at;  // of its events; 0 in other blocks
};
static_assert(sizeof(BlockHead) == 48);

constexpr uint32_t kMostItems = 65536;           // of a block
constexpr uint32_t kMostRawBytes = 16u << 20;    // of a block
constexpr uint64_t kMostLive = 4u << 20;         // allocations that are live at one moment
constexpr uint64_t kTableRoom = 32u << 20;       // bytes of tables, and so many more
constexpr uint64_t kTableBytesPerFileByte = 64;  // for each byte of the file

}  // namespace ttmem::capture

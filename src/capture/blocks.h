// One block as bytes: a head and a payload that is compressed and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/capture/bytes.h"
#include "src/capture/format.h"

namespace ttmem::capture {

// CRC-32 of a head, with 0 for its check, and of what follows it.
uint32_t check_of(const FileHead& head);
uint32_t check_of(const BlockHead& head, const uint8_t* payload);

// A block as it stands in the file. Of `head` type, number, items and times are given. Requires: raw.size() is at most
// kMostRawBytes.
Bytes pack_block(BlockHead head, const Bytes& raw);

// Whether a head can be one: nothing is read by its sizes before that.
bool is_plausible(const BlockHead& head);

// The payload, decompressed. False: it is not `head.raw_bytes` of zstd data.
bool unpack(const BlockHead& head, const Bytes& payload, Bytes& raw);

}  // namespace ttmem::capture

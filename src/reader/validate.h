// The first door: is this a ledger that this version can read, and where are its regions? Nothing of a file is used
// before this has said yes.
#pragma once

#include <cstdint>
#include <string>

#include "src/ledger/layout.h"
#include "src/reader/source.h"

namespace ttmem::ledger {

enum class ReadStatus : uint8_t {
    kRecord,      // read
    kNothingYet,  // its writer has not finished making it
    kCorrupt,     // it breaks a rule of the format
    kNewer,       // it is of a format that needs a newer ttmem
};

struct ReadOutcome {
    ReadStatus status = ReadStatus::kRecord;
    std::string reason;  // for people, without the file's name; "" for kRecord

    bool ok() const { return status == ReadStatus::kRecord; }
};

// A region that lies inside the file, with records that are large enough. count 0: the file has no such region.
struct Extent {
    uint64_t offset = 0;
    uint64_t stride = 0;
    uint64_t count = 0;
};

struct Regions {
    Extent texts, chips, sessions, owners, rings, events, slots, unique_ids, failures;
    Extent plans, pairs, holdings, traces, trace_entries;
};

// Checks the static header of a file of `file_bytes`: magic, version, masks, check, size, and the region table (sizes,
// alignment, caps, inside the file, disjoint; all arithmetic checked).
ReadOutcome validate(const StaticHeader& header, uint64_t file_bytes, Regions& regions);

// What `check` of this header should be.
uint32_t check_of(const StaticHeader& header);

}  // namespace ttmem::ledger

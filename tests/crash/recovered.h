// What the product's reader makes of the bytes of a ledger, in the form that the checker compares.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "src/base/result.h"
#include "src/ledger/layout.h"

namespace ttmem::crash {

struct Recovered {
    struct Live {  // an allocation, program or trace in use
        uint64_t handle;
        ledger::Body body;
        bool persistent;  // marked: of a program that its circular buffers were freed
        uint64_t unique_id;
    };
    struct Seen {  // an event
        uint64_t subject;
        ledger::Body body;
    };
    struct Ring {
        std::vector<Seen> events;  // oldest first
        uint64_t lost = 0;         // declared: written, and not among `events`
    };
    struct Figures {
        uint64_t requested = 0, reserved = 0, peak_requested = 0, peak_reserved = 0;
    };
    using RowKey = std::pair<uint32_t, uint32_t>;  // session, pool

    std::vector<Live> live;
    std::vector<Ring> rings;
    std::map<RowKey, Figures> rows;
    uint64_t redone = 0;   // operations in flight that were completed
    uint64_t ignored = 0;  // operations in flight that had not happened yet
    uint64_t damaged = 0;  // records that failed their check
};

// Reads a whole ledger as it lies in `image`, which nobody writes.
Result<Recovered> recover(std::span<const std::byte> image);

}  // namespace ttmem::crash

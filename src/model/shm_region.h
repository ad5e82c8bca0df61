// tt-metal's own counters of one chip in shared memory, as read: a source of its own, never added to ttmem's figures.
//
// A region has counters of requested bytes only, no allocations. Ghosts are what the totals count and no live process
// does: left by processes that were killed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/base/saturating.h"
#include "src/model/coverage.h"
#include "src/model/ids.h"

namespace ttmem {

struct ShmCounters {
    uint64_t dram = 0, l1 = 0, l1_small = 0, trace = 0;
    uint64_t cb = 0;                 // what it means differs by version: see ShmRegion
    std::optional<uint64_t> kernel;  // version 1 only

    bool any() const { return (dram | l1 | l1_small | trace) != 0; }

    ShmCounters& operator+=(const ShmCounters& other) {
        dram = saturating_add(dram, other.dram), l1 = saturating_add(l1, other.l1);
        l1_small = saturating_add(l1_small, other.l1_small), trace = saturating_add(trace, other.trace);
        return *this;
    }
    friend bool operator==(const ShmCounters&, const ShmCounters&) = default;
};

// What the kernel says about a pid of a region. kOther: it lives under another name, so the number may be used again.
enum class ShmProcessState : uint8_t { kLive, kDead, kOther };

struct ShmProcess {
    int32_t pid = 0;
    std::string name;  // as the process says: untrusted, escape it
    uint64_t updated_ns = 0;
    ShmCounters counters;
    ShmProcessState state = ShmProcessState::kDead;
};

struct ShmChip {
    uint32_t chip_id = 0;
    bool remote = false;
    ShmCounters counters;
};

struct ShmRegion {
    std::string path;
    uint32_t version = 0;
    uint32_t device_id = 0;
    uint32_t processes_said = 0;  // as the region counts them
    uint64_t updated_ns = 0;
    std::optional<int64_t> age_ns;  // since the last update; absent when its clock cannot be told
    std::optional<ChipId> chip_id;  // the chip's unique id, where the version has it
    ShmCounters totals;
    // Versions 2 and 3 count the union over the programs that live, version 4 what the newest dispatches occupy, and
    // version 1 a sum that means nothing.
    std::optional<uint64_t> cb_reserved_bytes, cb_resident_bytes;
    std::vector<ShmChip> chips;
    std::vector<ShmProcess> processes;
    ShmCounters ghosts;  // totals less what live and doubtful processes count, never below 0
    bool stale = false;  // no live process is in it, or it was not updated for a minute
    Coverage coverage;
};

struct ShmRegions {
    std::vector<ShmRegion> regions;  // by path
    std::vector<Error> unreadable;   // regions that are there and cannot be shown, each with its reason

    // What could not be read makes the answer that these are a part of incomplete.
    void note_unreadable(Coverage& answer) const {
        for (const Error& error : unreadable) {
            answer.note("tt-metal's own counters: " + error.what + (error.why.empty() ? "" : ": " + error.why));
        }
    }
};

}  // namespace ttmem

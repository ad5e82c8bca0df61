// How large the regions of a ledger are and where they lie; and typed pointers to them in a writer's mapping.
//
// `Geometry` is chosen once, when a ledger is created. `format()` lays it out over zeroed memory; `WriterMap` is what
// the writer works with. Readers never use WriterMap: they take the regions from the header, after validation
// (reader.h).
#pragma once

#include <cstdint>

#include "src/ledger/layout.h"
#include "src/ledger/plan_layout.h"

namespace ttmem::ledger {

struct Geometry {
    uint64_t slots = 8192;            // at most kMaxSlots; slot 0 is not used
    uint64_t rings = 32;              // threads with a history and a redo record of their own
    uint64_t events_per_ring = 1024;  // a power of two
    uint64_t text_bytes = 64 << 10;
    uint64_t owners = 4096;
    uint64_t sessions = 128;  // at most 4096; session 0 is not used
    uint64_t failures = 32;
    uint64_t plan_bytes = 1 << 20;
    uint64_t pairs = 16384;     // pair 0 is not used
    uint64_t holdings = 16384;  // holding 0 is not used
    uint64_t traces = 256;
    uint64_t trace_entries = 65536;

    // Bytes of the whole file. What follows the fixed bytes may be left unallocated at first: the regions of programs
    // and traces, as one, and the events of each ring.
    uint64_t total_bytes() const;
    uint64_t fixed_bytes() const;
    uint64_t program_bytes() const;
};

struct WriterMap {
    Header* header = nullptr;
    uint64_t* texts = nullptr;
    ChipRecord* chips = nullptr;
    SessionRecord* sessions = nullptr;
    OwnerRecord* owners = nullptr;
    RingHeader* rings = nullptr;
    Slot* slots = nullptr;
    Word* unique_ids = nullptr;
    FailureRecord* failures = nullptr;
    uint64_t* plans = nullptr;  // begins the regions of programs and traces
    PairRecord* pairs = nullptr;
    HoldingRecord* holdings = nullptr;
    TraceRecord* traces = nullptr;
    Word* trace_entries = nullptr;
    Event* events = nullptr;  // of ring 0
    Geometry geometry;

    Event* ring_events(uint64_t ring) const { return events + ring * geometry.events_per_ring; }
};

// Pointers into `memory`, which holds geometry.total_bytes() and is aligned to a page.
WriterMap map_ledger(void* memory, const Geometry& geometry);

// Writes the region table, the sizes and the versions of a new ledger over zeroed memory, and gives every slot
// `first_generation`. What the process says of itself is filled in by the caller, who then calls seal().
void format(const WriterMap& map, uint64_t first_generation);

// Computes the check of the static header. Nothing in it may change afterwards.
void seal(StaticHeader& header);

}  // namespace ttmem::ledger

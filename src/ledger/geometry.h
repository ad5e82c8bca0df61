// How large the regions of a ledger are and where they lie; and typed pointers to them in a writer's mapping.
//
// `Geometry` is chosen once, when a ledger is created: it says how much there may be. What is there from the start is
// little; the memory of all else is taken in steps, as it is needed. `format()` lays a ledger out over zeroed memory;
// `WriterMap` is what the writer works with. Readers never use WriterMap: they take the regions from the header, after
// validation (reader.h).
#pragma once

#include <cstdint>

#include "src/ledger/layout.h"
#include "src/ledger/plan_layout.h"

namespace ttmem::ledger {

constexpr uint64_t kSlotStep = 8192;  // slots whose memory is taken at once
// Tables that may become long begin with this much memory, and get as much again whenever they need it. Whole pages.
constexpr uint64_t kGrowthStep = 64 << 10;

struct Geometry {
    uint64_t slots = kMaxSlots;       // at most kMaxSlots; slot 0 is not used
    uint64_t rings = 32;              // threads with a history and a redo record of their own
    uint64_t events_per_ring = 1024;  // a power of two
    uint64_t text_bytes = 4 << 20;
    uint64_t owners = 65536;
    uint64_t sessions = 4095;  // at most 4096; session 0 is not used
    uint64_t failures = 32;
    uint64_t plan_bytes = 1 << 20;
    uint64_t pairs = 16384;     // pair 0 is not used
    uint64_t holdings = 16384;  // holding 0 is not used
    uint64_t traces = 256;
    uint64_t trace_entries = 65536;

    // Slots and tables that may become long are no more than they are at the start.
    void shorten_tables();

    // Bytes of the whole file, and of its begin that is there from the start. What follows that may be left unallocated
    // at first: slots and their unique ids, texts, sessions and owners, but for the first step of each; the regions of
    // programs and traces, as one; and the events of each ring.
    uint64_t total_bytes() const;
    uint64_t fixed_bytes() const;
    uint64_t program_bytes() const;

    uint64_t first_slots() const { return slots < kSlotStep ? slots : kSlotStep; }
    // All that is taken at the start.
    uint64_t start_bytes() const {
        return fixed_bytes() + first_slots() * (sizeof(Slot) + sizeof(Word)) + 3 * kGrowthStep;
    }
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

// Writes the region table, the sizes and the versions of a new ledger over zeroed memory, and makes the first step of
// slots ready. What the process says of itself is filled in by the caller, who then calls seal().
void format(const WriterMap& map, uint64_t first_generation);

// The slots from number `first` up to `end`, whose memory is there, become free ones of `first_generation`. Only then
// may one of them be used.
void make_slots_ready(const WriterMap& map, uint64_t first, uint64_t end, uint64_t first_generation);

// Computes the check of the static header. Nothing in it may change afterwards.
void seal(StaticHeader& header);

}  // namespace ttmem::ledger

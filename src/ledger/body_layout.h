// The six words that a slot and an event have in common: what they are of an allocation, of a program and of a trace.
//
// They mean the same in a slot and in an event: the recorder stores the same registers to both. An event that changes
// no slot has a time, an owner, an iteration, a session and a pool.
#pragma once

#include "src/ledger/ring_layout.h"
#include "src/ledger/words.h"

namespace ttmem::ledger {

// Of an allocation, in the word `time`: history has no other word of it.
constexpr uint64_t kPersistentFromBirth = 1 << 8;

// Of an allocation, from the high end:
//   where      address 40 | banks 12 | data banks 12
//   requested  requested bytes 44 | slot of the holder 20
//   taken      bytes per bank 40 | iteration 24
//   who        owner 32 | page bytes 32
//   order      Lamport number 48 | session 12 | pool 4
//   time       clock 48 | class 4 | reserved 3 | persistent from birth 1 | Op 8
struct Body {
    uint64_t where, requested, taken, who, order, time;

    constexpr uint64_t address() const { return where >> 24; }
    constexpr uint32_t banks() const { return where >> 12 & 0xfff; }
    constexpr uint32_t data_banks() const { return where & 0xfff; }
    constexpr uint64_t requested_bytes() const { return requested >> 20; }
    constexpr uint32_t holder_slot() const { return requested & 0xfffff; }
    constexpr uint64_t bytes_per_bank() const { return taken >> 24; }
    constexpr uint32_t iteration() const { return taken & 0xffffff; }
    constexpr uint32_t owner() const { return who >> 32; }
    constexpr uint32_t page_bytes() const { return static_cast<uint32_t>(who); }
    constexpr uint64_t lamport() const { return order >> 16; }
    constexpr uint32_t session() const { return order >> 4 & 0xfff; }
    constexpr uint32_t pool() const { return order & 0xf; }
    constexpr uint64_t clock() const { return time >> 16; }
    constexpr uint32_t allocation_class() const { return time >> 12 & 0xf; }
    constexpr bool is_persistent() const { return (time & kPersistentFromBirth) != 0; }
    constexpr Op op() const { return static_cast<Op>(time & 0xff); }
    constexpr uint64_t reserved_bytes() const { return bytes_per_bank() * banks(); }
};

constexpr uint64_t pack_where(uint64_t address, uint64_t banks, uint64_t data_banks) {
    return address << 24 | banks << 12 | data_banks;
}
constexpr uint64_t pack_requested(uint64_t bytes, uint64_t holder_slot) { return bytes << 20 | holder_slot; }
constexpr uint64_t pack_taken(uint64_t bytes_per_bank, uint64_t iteration) { return bytes_per_bank << 24 | iteration; }
constexpr uint64_t pack_who(uint64_t owner, uint64_t page_bytes) { return owner << 32 | page_bytes; }
constexpr uint64_t pack_order(uint64_t lamport, uint64_t session, uint64_t pool) {
    return lamport << 16 | session << 4 | pool;
}
constexpr uint64_t pack_time(uint64_t clock, uint64_t allocation_class, Op op) {
    return clock << 16 | allocation_class << 12 | static_cast<uint64_t>(op);
}

// Of a program. It has no bytes, is in no session and in no pool. Where it differs from an allocation:
//   where      unique id 48 | 0 16
//   requested  newest ticket at its creation 44 | 0 20
//   taken      0 40 | iteration 24
//   who        owner 32 | text of its name 32
struct ProgramBody {
    uint64_t unique_id = 0;
    uint64_t created_after = 0;  // ticket
    uint32_t iteration = 0, owner = 0, name = 0;
    uint64_t clock = 0;
};
constexpr uint32_t kProgramClass = 2, kTraceClass = 3;  // as TTMEM_CLASS_*

constexpr Body pack_program(const ProgramBody& program) {
    return {program.unique_id << 16,   program.created_after << 20,
            program.iteration,         pack_who(program.owner, program.name),
            pack_order(0, 0, kNoPool), pack_time(program.clock, kProgramClass, Op::kProgram)};
}
constexpr ProgramBody program_of(const Body& words) {
    return {
        words.where >> 16, words.requested >> 20, words.iteration(), words.owner(), static_cast<uint32_t>(words.who),
        words.clock()};
}

// Of a trace. It is in the session of the place where it was captured, and in no pool:
//   where      the runtime's number 48 | 0 16
//   requested  number of its TraceRecord 44 | 0 20
//   taken      0 40 | iteration 24
//   who        owner 32 | text of its name 32
struct TraceBody {
    uint64_t number = 0;
    uint64_t record = 0;
    uint32_t iteration = 0, owner = 0, name = 0, session = 0;
    uint64_t clock = 0;
};

constexpr Body pack_trace(const TraceBody& trace) {
    return {trace.number << 16,
            trace.record << 20,
            trace.iteration,
            pack_who(trace.owner, trace.name),
            pack_order(0, trace.session, kNoPool),
            pack_time(trace.clock, kTraceClass, Op::kTrace)};
}
constexpr TraceBody trace_of(const Body& words) {
    return {
        words.where >> 16, words.requested >> 20, words.iteration(), words.owner(), static_cast<uint32_t>(words.who),
        words.session(),   words.clock()};
}

// The text of the name of a program or trace.
constexpr uint32_t holder_name(const Body& words) { return program_of(words).name; }

// The sum of a slot; an event adds its position. Additive on purpose: a free's event reuses the slot's sum.
constexpr uint64_t body_sum(uint64_t handle, const Body& body) {
    return handle * kOdd[0] + body.where * kOdd[1] + body.requested * kOdd[2] + body.taken * kOdd[3] +
           body.who * kOdd[4] + body.order * kOdd[5] + body.time * kOdd[6] + kOdd[7];
}
constexpr uint64_t event_sum(uint64_t handle, const Body& body, uint64_t position) {
    return body_sum(handle, body) + (position + 1) * kOdd[7];
}
constexpr uint64_t pack_check(uint64_t sum, uint32_t low) { return (sum >> 32 << 32) | low; }

}  // namespace ttmem::ledger

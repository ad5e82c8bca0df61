// Events as columns of numbers, a block at a time, and back.
//
// Both sides remember the same of the blocks before: of each process what is live, in seats, the one left last taken
// first. Memory is predicted to be what its seat had before, a free names a seat and nothing else. So blocks are read
// one after the other from the first.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "src/capture/bytes.h"
#include "src/model/event.h"

namespace ttmem::capture {

// In the order of a block. What they hold: docs/capture-format.md.
enum class Column : uint8_t {
    kKind,
    kAt,
    kProcess,
    kOrder,
    kOp,
    kTag,
    kThread,
    kIteration,
    kName,
    kPlace,
    kSeat,
    kSubject,
    kHandle,
    kAddress,
    kRequested,
    kBytesPerBank,
    kBanks,
    kDataBanks,
    kWhat,
    kHolder,
    kNewHolder,
};
constexpr size_t kColumns = 21;

constexpr uint8_t kBySeat = 0x40;    // of a kind: its subject is in a seat
constexpr uint8_t kWithBody = 0x80;  // of a kind: what memory has follows, as of kAllocated
constexpr uint32_t kKinds = 32;
constexpr uint64_t kMostHolders = 16u << 20;  // programs and traces that are named

// What a seat holds, or held last.
struct Seat {
    uint64_t handle = 0, address = 0, requested = 0, bytes_per_bank = 0;
    uint64_t holder = 0;  // 1 + number in the process's list of holders; 0 none
    uint32_t iteration = 0, place = 0, banks = 0, data_banks = 0, what = 0;
    bool taken = false;
};

// What both sides remember of one process.
struct ProcessColumns {
    std::vector<Seat> seats;
    std::vector<uint32_t> left;     // seats that are free, the one left last at the end
    std::vector<uint64_t> holders;  // handles of programs and traces, as they were first named
    uint64_t order = 0;             // of its last event
    uint64_t handle = 0;            // of the last allocation in a seat that was new
    uint64_t holder = 0;            // the last one that was named for the first time
};

// What both sides remember of the events before.
struct LastEvent {
    uint64_t at = 0, process = 0, op = 0, tag = 0, thread = 0, iteration = 0, seat = 0;
    std::array<uint64_t, kKinds> place{}, subject{}, name{}, what{};  // by kind
    Seat body;                                                        // of the last one that had it
};

class EventEncoder {
public:
    // The payload of a block. Requires: at most kMostItems events.
    Bytes encode(std::span<const Event> events);

private:
    struct Side : ProcessColumns {
        std::unordered_map<uint64_t, uint32_t> seat_of, number_of;  // by handle: its seat, its number as a holder
    };
    void put(Column column, uint64_t value);
    void put_delta(Column column, uint64_t value, uint64_t& before);
    void add(const Event& event);
    void add_allocated(const Event& event, Side& process);
    void add_subject(const Event& event, Side& process);
    void put_body(const Seat& body, Seat& before);
    uint64_t number_of(uint64_t holder, Side& process);

    std::map<uint32_t, Side> processes_;
    LastEvent last_;
    std::array<Bytes, kColumns> columns_;
    std::array<uint64_t, kColumns> zeros_{};  // at the end of a column: written when something follows
};

class EventDecoder {
public:
    // Which indices an event may have.
    struct Limits {
        uint64_t processes = 0, places = 0, texts = 0;
    };

    // False: these are not the bytes of so many events, or more is live than kMostLive.
    bool decode(ByteCursor payload, size_t count, const Limits& limits, std::vector<Event>& events);

private:
    uint64_t get(Column column) {
        ByteCursor& bytes = columns_[static_cast<size_t>(column)];
        return bytes.left() == 0 ? 0 : bytes.number();
    }
    uint64_t get_delta(Column column, uint64_t& before) { return before += unfold_sign(get(column)); }
    bool read(Event& event, const Limits& limits);
    bool read_allocated(Event& event, ProcessColumns& process);
    bool read_by_seat(Event& event, bool with_body, ProcessColumns& process);
    bool read_subject(Event& event, ProcessColumns& process);
    bool get_body(Seat& body, ProcessColumns& process);
    bool get_holder(uint64_t number, ProcessColumns& process);
    void forget(uint32_t process);

    std::map<uint32_t, ProcessColumns> processes_;
    ProcessColumns* process_ = nullptr;  // that of the last event
    LastEvent last_;
    std::array<ByteCursor, kColumns> columns_;
    uint64_t live_ = 0, holders_ = 0;
};

}  // namespace ttmem::capture

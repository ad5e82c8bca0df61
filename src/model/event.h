// What happened, as values: an allocation, its free, an operation's begin. Order comes from `order`, times are for
// display.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

enum class EventKind : uint8_t {
    kAllocated = 1,
    kFreed,
    kMadePersistent,
    kPlaceOpened,
    kPlaceClosed,  // releases what is live at that place (and its parts)
    kOperationBegun,
    kOperationEnded,
    kIterationBegun,
    kIterationEnded,
    kProgramCreated,
    kProgramDestroyed,
    kPlanChanged,  // the program's circular buffers at a place
    kDispatched,
    kCircularBuffersFreed,
    kCacheCleared,
    kTraceCaptured,
    kTraceReplayed,
    kTraceReleased,
    kFailed,  // an allocation failed
    kProcessEnded,
};

// Indices are into the tables of the recording's Snapshot. One process's events follow their order; those of different
// processes follow their times, but for those of a process that was found late. Times are made to fit the order: they
// may be some milliseconds off.
struct Event {
    WallTime at = 0;       // 0 unknown
    uint64_t order = 0;    // greater than that of whatever it depends on, in its process
    uint64_t subject = 0;  // handle of the allocation, program or trace; number of the iteration; index of the failure
                           // in Process::failures (UINT64_MAX: no figures of it were kept); 0 none
    // Of kAllocated and, repeated, of kFreed. Of kTraceCaptured `address` is 1 + how many allocations its thread made
    // in the capture, the last ones before it; 0 not known.
    uint64_t address = 0, requested_bytes = 0, bytes_per_bank = 0;
    uint64_t holder = 0;  // handle of the program or trace; 0 none
    uint32_t process = 0, place = 0;
    uint32_t op = 0, tag = 0;  // into texts: who did this (of kFreed: who freed)
    uint32_t name = 0;         // into texts: of the program, trace, iteration or operation that begins or ends
    uint32_t thread = 0;       // tid; 0 unknown
    uint32_t iteration = 0;    // innermost that was open in the thread; 0 none
    uint32_t stack = 0;        // of kAllocated: into Snapshot::stacks; 0 unknown
    uint32_t plan = 0;         // of kPlanChanged: 1 + index into Snapshot::plans; 0 not known
    uint16_t banks = 0, data_banks = 0;
    EventKind kind{};
    Pool pool = Pool::kDram;
    AllocationClass allocation_class = AllocationClass::kUnknown;
    bool persistent = false;
};

// Events in their order, read in blocks, as often as somebody needs them.
class EventSource {
public:
    virtual ~EventSource() = default;
    virtual void rewind() = 0;
    // The next events into `block` (its memory is reused, at most 65,536 at a time); false at the end.
    virtual bool next(std::vector<Event>& block) = 0;
    // Whether next() ever ended early because what it reads is damaged, also before a rewind(): an answer may take
    // several passes, and lacks the rest of one. From then on there are no more events.
    virtual bool failed() const { return false; }
};

// What nobody recorded: events of a process between two moments.
struct HistoryGap {
    ProcessIndex process;
    WallTime from = 0, to = 0;  // 0 unknown
    uint64_t events = 0;        // 0: number unknown
    std::string why;            // a sentence
    // Somebody looked now and then: events tell what was different by each look, and nothing of what came and went.
    bool sampled = false;
};

// A stretch of time of some processes: what was live when it began, all that happened, and how it stood at the end.
struct Recording {
    Snapshot end;  // the tables of everything, and what is live or held at the end
    // When the recording of their process began, with the programs and traces that they belong to; indices into the
    // tables of `end`, where such a program is `destroyed` and without circular buffers if it did not live to the end.
    std::vector<Allocation> live_before;
    WallTime began_at = 0, ended_at = 0;
    WallTime zero_at = 0;  // of a part: when the whole recording began; of processes themselves: the first one's start
    bool is_part = false;  // of a longer one, as somebody asked for
    uint64_t iterations_before = 0;  // that ended in what was left out before it
    uint64_t events = 0;
    std::vector<HistoryGap> gaps;  // empty: every event between begin and end is there
    std::shared_ptr<EventSource> source;

    // From where people are told times, and tell them: "+1.68 s" is that long after it, in every view. 0 not known.
    WallTime zero() const { return zero_at != 0 ? zero_at : began_at; }
};

}  // namespace ttmem

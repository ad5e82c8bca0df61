// One process's history: from what its rings hold to Events in one order.
//
// Each ring is in order; what depends on each other across rings has Lamport numbers (docs/ledger-format.md, 7); what
// does not is ordered by time. A time in a ring is at most one tick of the kernel older than what it is of, never
// newer. So an event's true time is no earlier than its own, than that of the event before it in its ring, of the one
// before it in its slot, of the begin of the program or trace that it names, and of the opening of its place; and the
// end of a program or trace is after all that names it: the latest of these orders it.
//
// What the rings have lost is told as a gap. What they did not tell is then taken from the slots, so that whoever
// replays the events has what is live.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/collector/recording_tables.h"
#include "src/model/event.h"
#include "src/reader/reader.h"

namespace ttmem {

class ProcessHistory {
public:
    // `every`: its rings are not read, it is looked at every so often instead; 0: they are.
    ProcessHistory(ProcessIndex process, RecordingTables& tables, WallTime every = 0)
        : process_(process), tables_(tables), every_(every) {}

    // The first look. `image` has the live slots. `past`: events from before it that the rings still have are told,
    // too. What was live before all events goes to `live_before`.
    void begin(const ledger::ByteSource& source, const ledger::LedgerImage& image, const ledger::TickConverter& times,
               bool past, WallTime now, std::vector<Allocation>& live_before);

    // A later look at what is new. False: something is missing, settle() should have a look at the slots.
    bool follow(const ledger::ByteSource& source, const ledger::LedgerImage& image, const ledger::TickConverter& times,
                WallTime now);

    // `image`, which has the live slots, has just been followed: what its events did not tell becomes events.
    void settle(const ledger::ByteSource& source, const ledger::LedgerImage& image, const ledger::TickConverter& times,
                WallTime now);

    // The process has ended, and all that it left has been followed.
    void end(WallTime at);

    // Appends the events of up to `until` to `events`, in their order.
    void take(WallTime until, std::vector<Event>& events);
    std::vector<HistoryGap> take_gaps() { return std::exchange(gaps_, {}); }

    const std::vector<Failure>& failures() const { return failures_; }

    // Plans of circular buffers that its events name and nobody could read.
    uint64_t unread_plans() const { return unread_plans_; }

private:
    struct Raw {  // an event as its ring has it
        uint64_t subject;
        ledger::Body body;
        uint32_t low, ring;
    };
    struct Told {
        const Raw* raw;
        size_t event;   // into pending_
        uint64_t used;  // handle of the program or trace that it uses; 0 none
    };
    struct Owner {
        uint32_t op = 0, tag = 0, thread = 0;
    };
    struct Opening {  // what a session record stood for, last
        uint64_t opening = 0;
        uint32_t place = 0;  // 1 + index
        WallTime opened_at = 0, closed_at = 0;
        uint32_t before = 0;  // 1 + index of the place that had the record before
    };
    struct Slot {  // what is live there
        uint64_t handle = 0;
        WallTime at = 0;  // of the last event of the slot
        ledger::Body body{};
        bool persistent = false;
        uint32_t stack = 0;     // the ledger's number
        WallTime began_at = 0;  // if that was told
    };
    struct Holder {  // a program or trace
        uint64_t handle = 0;
        WallTime began_at = 0;  // if that was told
        uint64_t clock = 0;     // likewise, as the ledger has it
    };
    static constexpr uint32_t kNoPlace = UINT32_MAX;

    static bool is_begin(ledger::Op op) {
        return op == ledger::Op::kAlloc || op == ledger::Op::kProgram || op == ledger::Op::kTrace;
    }
    static bool is_end(ledger::Op op) {
        return op == ledger::Op::kFree || op == ledger::Op::kProgramEnd || op == ledger::Op::kTraceEnd;
    }

    uint64_t read(const ledger::ByteSource& source, const ledger::LedgerImage& image, std::vector<Raw>& raw);
    void learn_plan(const ledger::ByteSource& source, const ledger::LedgerImage& image, uint64_t number);
    void add_plans_before(const ledger::ByteSource& source, const ledger::LedgerImage& image,
                          const std::vector<Raw>& raw, WallTime at);
    void drop_before(WallTime begin, const ledger::TickConverter& times, std::vector<Raw>& raw);
    WallTime history_began_at(const std::vector<Raw>& raw, const ledger::TickConverter& times) const;
    void undo(const std::vector<Raw>& raw, std::vector<Allocation>& live_before, const ledger::LedgerImage& image,
              const ledger::TickConverter& times);
    void update_tables(const ledger::LedgerImage& image, const ledger::TickConverter& times, WallTime tell_at);
    bool tells_events(const ledger::LedgerImage& image) const;
    bool is_closed(const ledger::Body& body) const;
    bool was_released(const Slot& slot) const;
    void happened(EventKind kind, WallTime at, uint64_t subject, uint32_t place, uint32_t plan = 0);
    void tell_plans(const ledger::ByteSource& source, const ledger::LedgerImage& image, WallTime at);
    void add_failures(const ledger::LedgerImage& image, const ledger::TickConverter& times);
    void tell_silence(const ledger::LedgerImage& image, const ledger::TickConverter& times, const std::vector<Raw>& raw,
                      WallTime from, WallTime now);
    void tell_openings();
    void convert(const ledger::LedgerImage& image, const ledger::TickConverter& times, const std::vector<Raw>& raw);
    bool tell(const Raw& raw, WallTime at, const ledger::LedgerImage& image, Event& event);
    Holder used_by(const Raw& raw) const;
    void put_ends_after_uses(const std::vector<Told>& told);
    bool raise_ends(const std::vector<Told>& told, const std::unordered_map<uint64_t, size_t>& ends);
    void raise_what_follows(const std::vector<Told>& told);
    bool apply(const Raw& raw);
    void tell_begin(const ledger::LiveSlot& live, const ledger::LedgerImage& image, const ledger::TickConverter& times,
                    WallTime from, WallTime now);
    void add_begin(const Slot& slot, const ledger::LedgerImage& image, WallTime at);
    void add_end(const Slot& slot, WallTime at);
    Slot& slot_of(uint64_t handle);
    Owner owner(const ledger::LedgerImage& image, uint32_t number);
    uint32_t text(const ledger::LedgerImage& image, uint64_t number);
    uint32_t place_of(uint32_t session, WallTime at) const;
    void describe(uint64_t handle, const ledger::Body& body, bool persistent, Event& event) const;
    uint64_t holder_of(const ledger::Body& body) const;
    Holder holder_at_begin(const ledger::Body& body) const;
    void remember_end(const Slot& slot);
    void forget_ends();
    Allocation allocation_of(const Slot& slot, const ledger::LedgerImage& image, const ledger::TickConverter& times);
    void add_holder(const Slot& slot, const ledger::LedgerImage& image, const ledger::TickConverter& times);
    void gap(WallTime from, WallTime to, uint64_t events, std::string why);

    const ProcessIndex process_;
    RecordingTables& tables_;
    const WallTime every_;
    std::vector<uint64_t> cursors_;     // by ring: position of the next event
    std::vector<WallTime> ring_times_;  // by ring: of its last event
    std::vector<uint32_t> threads_;     // by ring: whose it was at its last event
    // By ring, while a trace is captured: 1 + the allocations since; 0 none is, or its begin is lost.
    std::vector<uint64_t> made_in_capture_;
    std::vector<Slot> slots_;
    std::unordered_map<uint64_t, std::vector<Holder>> ended_;  // by slot: those that were there, one after the other
    std::vector<Opening> openings_;                            // by session
    std::vector<Owner> owners_;
    LedgerStacks stacks_;
    std::unordered_map<uint64_t, uint32_t> plans_;  // by number in the ledger: 1 + index into the tables; 0 unreadable
    std::map<std::pair<uint64_t, uint32_t>, uint64_t> planned_;  // of a program at a place, at the last look: a plan
    uint64_t unread_plans_ = 0;
    std::vector<Failure> failures_;
    uint64_t failures_seen_ = 0;  // number of the next one
    std::vector<uint64_t> failure_numbers_;
    std::vector<Event> pending_;
    std::vector<HistoryGap> gaps_;
    uint64_t order_ = 0;
    uint64_t misses_ = 0, refused_ = 0;  // at the last look: operations, and threads, without a ring
    WallTime looked_at_ = 0, told_until_ = 0;
    bool lossy_ = false;      // since the last settle()
    bool is_silent_ = false;  // its level is too low for events, which a gap says
    std::string why_lossy_;
};

}  // namespace ttmem

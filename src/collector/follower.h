// Follows processes while they run: all that their rings tell, in order, once; and how they stand.
//
//   Follower follower(*system, {.run = id}, {.past = true});
//   while (...) write(follower.drain());
//   write(follower.finish());
//
// The processes do nothing for it and do not know of it. What a ring overwrote before it was read is a gap; what is
// live is right after it all the same. Drain several times a second: a ring of 4 MiB is full after 65,536 events.
//
// One thread; reads only.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "src/collector/collector.h"
#include "src/collector/process_history.h"
#include "src/collector/process_reader.h"
#include "src/model/event.h"

namespace ttmem {

struct FollowOptions {
    bool past = false;   // also what the rings still have of before; else from now on
    WallTime every = 0;  // nothing of the rings: a look at what is live every so often; 0: what the rings tell
};

class Follower {
public:
    // `system` must outlive it.
    Follower(const System& system, Interest interest, FollowOptions options = {});
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    struct Batch {
        std::vector<Event> events;
        std::vector<Allocation> live_before;  // of processes that were seen for the first time
        std::vector<HistoryGap> gaps;
    };

    // What is new since the last time. Events of the last moments are held back, for others may come before them.
    // `standing`: brings state() up to date, which takes a look at all slots.
    Batch drain(bool standing = false);

    // Everything up to now; nothing is drained after it.
    Batch finish();

    // What events and allocations name, so far.
    const Snapshot& tables() const { return tables_.snapshot(); }

    // How all processes stood when that was last looked at, in the indices of tables().
    Snapshot state();

    bool any_live() const;

private:
    struct Followed {
        std::unique_ptr<ProcessHistory> history;
        ProcessIndex process;
        WallTime settled_at = 0;
        uint64_t lost = 0;  // events, of its gaps
    };

    bool is_asked(const FoundLedger& found) const;
    void leave_out_earlier_incarnations();
    void look(bool all_slots, Batch& batch);
    bool look_at(const FoundLedger& found, bool all_slots, Batch& batch);
    void bring_up_to_date(const FoundLedger& found, Followed& followed, bool lives);
    void take(WallTime until, Batch& batch);
    void tell_apart(std::vector<Event>& events);

    const System& system_;
    const Interest interest_;
    const FollowOptions options_;
    std::set<LedgerId> done_;  // not asked for, or ended and read to the end
    bool has_looked_ = false;
    Coverage chosen_;       // which processes of a pid are left out
    WallTime told_at_ = 0;  // of the last event
    Discovery discovery_;
    ProcessReader reader_;
    RecordingTables tables_;
    std::map<LedgerId, Followed> followed_;
    std::vector<RefusedLedger> refused_;
    std::map<uint32_t, std::vector<Allocation>> allocations_;  // by process: as of the last state
    std::map<uint32_t, Coverage> coverage_;                    // likewise, with the process named
};

// Everything that the rings of these processes have now, as one recording. It begins with what they still have; times
// are told from the start of the first process on.
Recording live_recording(const System& system, const Interest& interest);

}  // namespace ttmem

// The processes of a run, read as they come and go until its program has ended, and what of them was missed.
#pragma once

#include <sys/types.h>

#include <optional>
#include <set>

#include "src/apps/running/child_process.h"
#include "src/apps/running/unfollowed.h"
#include "src/apps/sources/capture_session.h"
#include "src/collector/collector.h"
#include "src/collector/untracked_trace.h"

namespace ttmem {

class FollowedRun {
public:
    // Before the program starts. `outer`: the run that this process belongs to itself; id 0: none. `system` must
    // outlive it.
    // `on_mock`: nothing is as fast as on a device, and nobody measures it, so that we may look more often.
    FollowedRun(const System& system, const OuterRun& outer, bool on_mock);

    LedgerId id() const { return id_; }
    // Where its processes leave word whose ledgers it does not see; "" nowhere.
    std::string directory() const { return mark_->directory(); }
    WallTime started_at() const { return started_at_; }

    // Before the child starts: all that its processes do goes to `capture`, too, which must outlive this.
    void record_into(CaptureSession& capture);

    // Until the child has ended. Memory may be missing meanwhile: that is no reason to leave the child.
    ChildEnd follow(ChildProcess& child);

    // After that, once: everything, and in its coverage what could not be read. Throws std::bad_alloc.
    Snapshot final_snapshot(pid_t child);

    // Why the capture ends before the run did; nothing where it does not.
    const std::optional<Error>& capture_error() const { return capture_error_; }

    // Whether that names processes that could not record.
    bool tells_why() const { return untracked_ != 0; }

private:
    void begin_to_read();
    Snapshot read_at_the_end(pid_t child);
    void record(std::optional<Error> (CaptureSession::*step)());
    void look_for_unfollowed();
    void note_unfollowed(const Snapshot& snapshot, const std::set<LedgerId>& removed, Coverage& missing);
    void note_untracked(Coverage& coverage);
    std::set<LedgerId> note_removed(const Snapshot& snapshot, Coverage& missing) const;

    const System& system_;
    LedgerId id_;
    WallTime started_at_;
    Interest interest_;
    std::optional<RunMark> mark_;         // until all has been read
    std::optional<Collector> collector_;  // nothing after memory was missing: what it had read may be half
    CaptureSession* capture_ = nullptr;
    std::optional<Error> capture_error_;
    Error no_memory_{"the capture ends here", "there is not enough memory to go on with it", ""};
    std::optional<UnfollowedProcesses> unfollowed_;
    size_t untracked_ = 0;
};

}  // namespace ttmem

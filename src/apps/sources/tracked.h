// What a command looks at: the processes that its options ask for, and who uses devices beside them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/analysis/snapshot/select.h"
#include "src/apps/options/option_list.h"
#include "src/base/result.h"
#include "src/collector/collector.h"
#include "src/collector/join.h"
#include "src/model/event.h"
#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct Asked {
    Filter filter = {};                                   // its pid narrows what is read
    std::optional<unsigned __int128> run = std::nullopt;  // TTMEM_RUN
    bool ended = false;                                   // also processes that have ended
    bool allocations = true;                              // false: figures of chips only
    EachAllocation each = {};                             // takes them instead of the snapshot; not of a capture
    std::string capture = "";                             // how it stood at the end of this; "": how it stands now
    bool judged = false;                                  // its verdicts are those of `ttmem leaks`; not with `each`
};

struct Tracked {
    Snapshot snapshot;              // its coverage tells of untracked processes, too
    UntrackedProcesses untracked;   // empty when a process or a run was asked for: others are beside the question
    std::string moment = {};        // of a capture or a history which one, in words; "" now
    std::string other_moment = {};  // a sentence: how to see others; "" none
    bool from_history = false;      // neither now nor an end: what only those know is not told
};

// "at the end of run.ttmem, 2026-11-29T17:35:32.840Z, when all its processes had ended".
std::string end_words(const Recording& recording, const std::string& file);

// Whether a process of the snapshot lives.
bool has_live_process(const Snapshot& snapshot);

// At a past moment its processes lived, and whether each pid is one of this machine was of use then: those that have
// ended since are not marked as in doubt.
void take_pids_as_told(const Recording& recording, Snapshot& then);

// An error of a capture that cannot be read or has no such run, and of a chip that is named and not known.
Result<Tracked> look_at(const Asked& asked);

// Running processes, looked at again and again: their ledgers stay open, and who uses devices beside them, which takes
// a look at every process of the machine, is asked seldom. `system` must outlive it.
class TrackedProcesses {
public:
    TrackedProcesses(const System& system, const Asked& asked);
    Tracked look(bool allocations);

private:
    const System& system_;
    Asked asked_;
    Collector collector_;
    UntrackedProcesses untracked_;
    WallTime untracked_at_ = 0;
};

// "CAPTURE?": the option of a command that also answers from a capture.
void add_capture_option(OptionList& options, std::shared_ptr<std::string> capture,
                        const std::string& description =
                            "Capture to read, as it stood at its end (default: the processes of this machine)");

// An error where a chip is named that none of these processes has ever used: an answer about it would say that all is
// well. Nothing where there are no processes, or no chip is named.
std::optional<Error> unknown_chip(const Filter& filter, const Snapshot& snapshot);

// When a process or run that was named is not among what is known: what to say; nothing when it is there, and where it
// may be in what could not be read: the answer says that.
std::optional<Error> unknown(const Asked& asked, const Snapshot& snapshot);

// What every command ends with that has an answer: kOk with processes in it; without one kNothingTracked, but
// kInconclusive where ledgers could not be read, so that it is not known whether there is one.
int code_of(const Snapshot& snapshot);

// Of a command that has no answer about no process; this where ledgers could not be read.
Error unless_unread(const Coverage& coverage, Error none);

}  // namespace ttmem

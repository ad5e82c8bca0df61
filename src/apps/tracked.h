// What a command looks at: the processes that its options ask for, and who uses devices beside them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/analysis/select.h"
#include "src/apps/option_list.h"
#include "src/base/result.h"
#include "src/model/machine.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct Asked {
    Filter filter = {};                                   // its pid narrows what is read
    std::optional<unsigned __int128> run = std::nullopt;  // TTMEM_RUN
    bool ended = false;                                   // also processes that have ended
    bool allocations = true;                              // false: figures of chips only
    std::string capture = "";                             // how it stood at the end of this; "": how it stands now
};

struct Tracked {
    Snapshot snapshot;             // its coverage tells of untracked processes, too
    UntrackedProcesses untracked;  // empty when a process or a run was asked for: others are beside the question
};

// An error only of a capture.
Result<Tracked> look_at(const Asked& asked);

// "CAPTURE?": the option of a command that also answers from a capture.
void add_capture_option(OptionList& options, std::shared_ptr<std::string> capture,
                        const std::string& description = "A capture: answer from how it stood at its end");

// When a process or run that was named is not among what is known: what to say; nothing when it is there.
std::optional<Error> unknown(const Asked& asked, const Snapshot& snapshot);

}  // namespace ttmem

// Which moment of a recording a command is about: what stands where then.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/apps/options/asked_recording.h"
#include "src/apps/options/option_list.h"
#include "src/apps/sources/tracked.h"
#include "src/base/result.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct AskedMoment {
    AskedRecording recording;
    std::string at;           // "end", "l1-peak", "dram-peak", "failure", or a time; "" where most is to be seen
    bool dram_first = false;  // with "": the peak of DRAM rather than what a program needed of L1

    // The state of now, which needs no history.
    bool is_now() const { return recording.file.empty() && at.empty(); }
};

void add_moment_option(OptionList& options, std::shared_ptr<AskedMoment> asked);  // --at

struct Moment {
    Snapshot snapshot;
    std::string words;          // "at the end of run.ttmem"
    std::string other;          // a sentence on other moments; "" none
    bool from_history = false;  // not the end
};

// Requires: it is not now. Without a moment a capture is asked for its end, or, where nothing lives then, for the
// dispatch that needed most of a core's L1, or for the peak of DRAM; in the other order as is asked.
Result<Moment> asked_moment(const AskedMoment& asked);

// The same of a recording that is at hand, which is not asked whether it was read to its end.
Result<Moment> moment_of(const AskedMoment& asked, const Recording& recording);

// When circular buffers of a program did not fit, the last time; nothing where no event tells of that.
std::optional<Moment> clash_moment(const AskedMoment& asked, const Recording& recording);

// What stands at that moment, of the processes that are asked for. Without a moment: as look_at(); but where that says
// nothing of a capture, which `tells` judges, the moment that asked_moment() chooses.
Result<Tracked> look_at_moment(const Asked& asked, const std::string& at, bool (*tells)(const Snapshot&),
                               bool dram_first);

}  // namespace ttmem

// Which moment of a recording a command is about: what stands where then.
#pragma once

#include <memory>
#include <string>

#include "src/apps/asked_recording.h"
#include "src/apps/option_list.h"
#include "src/base/result.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct AskedMoment {
    AskedRecording recording;
    std::string at;  // "end", "l1-peak", "dram-peak", "failure", or a time; "" where most is to be seen

    // The state of now, which needs no history.
    bool is_now() const { return recording.file.empty() && at.empty(); }
};

void add_moment_option(OptionList& options, std::shared_ptr<AskedMoment> asked);  // --at

struct Moment {
    Snapshot snapshot;
    std::string words;  // "at the end of run.ttmem"
    std::string other;  // a sentence on other moments; "" none
};

// Requires: it is not now. Without a moment a capture is asked for its end, or, where nothing lives then, for the
// dispatch that needed most of a core's L1, or for the peak of DRAM.
Result<Moment> asked_moment(const AskedMoment& asked);

}  // namespace ttmem

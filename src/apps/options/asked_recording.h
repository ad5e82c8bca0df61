// The options that say which recording a command answers about, and from where it comes.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "src/analysis/snapshot/select.h"
#include "src/apps/options/option_list.h"
#include "src/apps/sources/recordings.h"
#include "src/base/result.h"
#include "src/model/event.h"

namespace ttmem {

struct AskedRecording {
    std::string file;                      // a capture; "": the processes that run, or those that are named
    Window window;                         // which part of a capture
    Filter filter;                         // its pid, chip and pool
    std::optional<unsigned __int128> run;  // TTMEM_RUN
    bool may_import = true;                // also what ttmem did not record: imported_recording.h
    std::set<LedgerId> ended = {};         // of processes that run: also these, if they have ended by now
};

// CAPTURE?, --from, --to, --pid, --run.
void add_recording_options(OptionList& options, std::shared_ptr<AskedRecording> asked);
// --chip, --pool.
void add_pool_options(OptionList& options, std::shared_ptr<AskedRecording> asked);

// The file, or what the rings of the processes still have. An error when a process or run that was named is not known.
Result<Recording> asked_recording(const AskedRecording& asked);

// After an answer: an error where its capture could not be read to the end, so that the answer lacks something.
Result<void> was_read(const AskedRecording& asked, const Recording& recording);

// Why something may have happened that the recording does not tell; "" where it has everything.
std::string why_not_whole(const Recording& recording);

// "run.ttmem", or which processes: what a picture is called.
std::string source_name(const AskedRecording& asked);

// Whether an answer on these chips is asked for.
bool is_asked(const AskedRecording& asked, const Recording& recording, const std::vector<ChipId>& chips, Pool pool);

}  // namespace ttmem

// The options that say which recording a command answers about, and from where it comes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/analysis/select.h"
#include "src/apps/option_list.h"
#include "src/base/result.h"
#include "src/model/event.h"

namespace ttmem {

struct AskedRecording {
    std::string file;                      // "" of the processes that run, or of those that are named
    Filter filter;                         // its pid, chip and pool
    std::optional<unsigned __int128> run;  // TTMEM_RUN
};

// FILE?, --pid, --run.
void add_recording_options(OptionList& options, std::shared_ptr<AskedRecording> asked);
// --chip, --pool.
void add_pool_options(OptionList& options, std::shared_ptr<AskedRecording> asked);

// The file, or what the rings of the processes still have. An error when a process or run that was named is not known.
Result<Recording> asked_recording(const AskedRecording& asked);

// "run.ttmem", or which processes: what a picture is called.
std::string source_name(const AskedRecording& asked);

// Whether an answer on these chips is asked for.
bool is_asked(const AskedRecording& asked, const Recording& recording, const std::vector<ChipId>& chips, Pool pool);

}  // namespace ttmem

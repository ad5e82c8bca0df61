// The document of a page: all that is asked about a recording at once.
#pragma once

#include <string>
#include <vector>

#include "src/apps/options/asked_recording.h"
#include "src/views/values/page.h"

namespace ttmem {

// Only of the chips and pools that are asked for. What it draws has an upper bound, whatever the recording's size: that
// is halved so often.
PageValues page_values(const AskedRecording& asked, const Recording& recording, unsigned halvings = 0);

// A page as one file.
struct PageFile {
    std::string html;
    uint64_t allocations = 0, left_out = 0;  // of them: those that it does not draw
    Coverage coverage;
};

// Held against other captures; of at most so many bytes, 0 any, for which it draws fewer allocations and steps of time.
Result<PageFile> page_file(const AskedRecording& asked, const Recording& recording,
                           const std::vector<std::string>& against = {}, uint64_t most_bytes = 0);

}  // namespace ttmem

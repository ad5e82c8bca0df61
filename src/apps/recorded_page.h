// The document of a page: all that is asked about a recording at once.
#pragma once

#include <string>
#include <vector>

#include "src/apps/asked_recording.h"
#include "src/views/values/page.h"

namespace ttmem {

// Only of the chips and pools that are asked for. What it draws has an upper bound, whatever the recording's size.
PageValues page_values(const AskedRecording& asked, const Recording& recording);

// The same, held against other captures.
Result<PageValues> page_values(const AskedRecording& asked, const Recording& recording,
                               const std::vector<std::string>& against);

}  // namespace ttmem

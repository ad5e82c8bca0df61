// Reads captures: files that may be cut anywhere, damaged, or made up. Everything up to the first thing that is not
// right is read, and what is missing is said.
//
// Memory is bounded by what is live at a moment and by the size of the file, never by the number of events or by what
// the file claims.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/result.h"
#include "src/model/capture_facts.h"
#include "src/model/event.h"

namespace ttmem {

struct Capture {
    CaptureFacts facts;
    // Coverage of `end` tells of the trouble. Of an unfinished capture `end` is what the events leave, but for figures
    // of circular buffers, and for `chips`, which the living add up to: both are of the last state.
    Recording recording;
};

// Whether the first bytes of a file are those of a capture. 8 bytes are enough.
bool is_capture(const void* bytes, size_t size);

// An error only where not even its head can be read.
Result<Capture> open_capture(const std::string& path);

}  // namespace ttmem

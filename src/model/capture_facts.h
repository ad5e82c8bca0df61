// What a look at a capture tells before any of its events is read.
#pragma once

#include <cstdint>
#include <string>

#include "src/model/snapshot.h"

namespace ttmem {

struct CaptureFacts {
    std::string path;
    uint64_t bytes = 0;           // of the file
    uint64_t readable_bytes = 0;  // up to the end of the last whole block
    uint64_t blocks = 0, event_blocks = 0, event_bytes = 0;
    bool finished = false;               // its recorder came to the end
    WallTime first_at = 0, last_at = 0;  // of its events; 0 without
    WallTime state_at = 0;               // how everything stood is told as of then
    std::string trouble;                 // why it is not read to its end, a sentence; "" it is
};

}  // namespace ttmem

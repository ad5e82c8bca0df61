// What is known of each session while it is decided whose record may be used again.
#pragma once

#include <cstdint>

#include "src/client/tables/session_records.h"

namespace ttmem::client {

// Of a session, any of these.
constexpr uint8_t kHasSlots = 1;       // allocations that its close released are still in their slots
constexpr uint8_t kHasLeftBehind = 2;  // plans that ended programs left behind
constexpr uint8_t kHasHolders = 4;     // living programs have plans there, or living traces were captured there
constexpr uint8_t kForget = 8;         // its plans are to be forgotten
constexpr uint8_t kHadPairs = 16;      // ... and there were some

using SessionMarks = uint8_t[kMaxSessions];

}  // namespace ttmem::client
